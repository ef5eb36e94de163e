import { Check, ChevronDown } from 'lucide-react'
import {
  Button,
  type Key,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
} from 'react-aria-components'

interface Props<K extends string> {
  label: string
  options: readonly { id: K; words: string }[]
  value: K
  onChange: (value: K) => void
}

/** One of a few. */
export function Pick<K extends string>({ label, options, value, onChange }: Props<K>) {
  const change = (key: Key | null) => {
    const chosen = options.find(option => option.id === key)
    if (chosen) onChange(chosen.id)
  }
  return (
    <Select className="field" value={value} onChange={change}>
      <Label>{label}</Label>
      <Button className="input pick">
        <SelectValue />
        <ChevronDown aria-hidden size={16} />
      </Button>
      <Popover className="popover">
        <ListBox className="menu" items={options}>
          {option => (
            <ListBoxItem id={option.id} textValue={option.words} className="menu-item">
              {({ isSelected }) => (
                <>
                  <span>{option.words}</span>
                  {isSelected && <Check aria-hidden size={16} />}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}
