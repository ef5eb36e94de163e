import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import { type Asked, askFile } from '../api/pipeline'
import { IconButton } from '../ui/IconButton'
import { useTell } from '../ui/Notices'
import { download, fileName } from './csv'

interface Props {
  asked: Asked
  /** What the file is called after. */
  name: string
  label: string
}

/** Hands over an answer as a file with all its rows, which are read anew. */
export function FileButton({ asked, name, label }: Props) {
  const { t } = useTranslation()
  const tell = useTell()
  const file = useMutation({
    mutationFn: () => askFile(asked),
    onSuccess: ({ text, cut }) => {
      download(fileName(name), text)
      if (cut) tell(t('card.csv_cut', { cut }))
    },
    onError: () => tell(t('card.csv_failed')),
  })
  return (
    <IconButton icon={Download} label={label} onPress={() => file.mutate()} isDisabled={file.isPending} />
  )
}
