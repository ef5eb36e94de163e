import type { LucideIcon } from 'lucide-react'
import { Button, type ButtonProps, Tooltip, TooltipTrigger } from 'react-aria-components'

interface Props extends Omit<ButtonProps, 'children' | 'aria-label'> {
  icon: LucideIcon
  label: string
  /** The label beside the icon, and not as a tip alone. */
  isWide?: boolean
}

/** A button with an icon; its label is its name and its tip. */
export function IconButton({ icon: Icon, label, isWide = false, className, ...rest }: Props) {
  const classes = `button quiet ${isWide ? '' : 'icon'} ${typeof className === 'string' ? className : ''}`
  if (isWide) {
    return (
      <Button {...rest} className={classes}>
        <Icon aria-hidden size={16} />
        {label}
      </Button>
    )
  }
  return (
    <TooltipTrigger delay={400}>
      <Button {...rest} aria-label={label} className={classes}>
        <Icon aria-hidden size={16} />
      </Button>
      <Tooltip className="tip" offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  )
}
