import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { activateModel, type Model } from '../api/predictions'
import { useTell } from '../ui/Notices'
import { ProblemNote } from '../ui/ProblemNote'
import { Sheet } from '../ui/Sheet'

/** Asks before another model speaks: all open records are scored anew. */
export function ActivateSheet({ model, onClose }: { model: Model | null; onClose: () => void }) {
  const { t } = useTranslation()
  const tell = useTell()
  const cache = useQueryClient()
  const activate = useMutation({
    mutationFn: (id: string) => activateModel(id),
    onSuccess: now => {
      tell(t('models.activated', { number: now.number }))
      void cache.invalidateQueries({ queryKey: ['models'] })
      onClose()
    },
  })
  return (
    <Sheet
      title={t('models.activate_title', { number: model?.number ?? '' })}
      isOpen={model !== null}
      onClose={onClose}
    >
      {model?.state === 'rejected' && <p className="note">{model.why}</p>}
      <p>{t('models.activate_hint')}</p>
      {activate.isError && <ProblemNote error={activate.error} />}
      <div className="buttons">
        <Button className="button" onPress={onClose} autoFocus>
          {t('common.cancel')}
        </Button>
        <Button
          className="button primary"
          onPress={() => model && activate.mutate(model.id)}
          isPending={activate.isPending}
        >
          {t('models.activate')}
        </Button>
      </div>
    </Sheet>
  )
}
