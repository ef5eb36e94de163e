// Shortcuts of one key. They can be switched off (WCAG 2.1.4) and never act while somebody types.
import { useEffect, useSyncExternalStore } from 'react'

export const SHORTCUTS = { focus: '/', new: 'n', saved: 'g', save: 's', help: '?' } as const
export type Shortcut = keyof typeof SHORTCUTS

const KEPT = 'crm-console.shortcuts'
const listeners = new Set<() => void>()

export const areShortcutsOn = (): boolean => localStorage.getItem(KEPT) !== 'off'

export function switchShortcuts(isOn: boolean): void {
  if (isOn) localStorage.removeItem(KEPT)
  else localStorage.setItem(KEPT, 'off')
  for (const listener of listeners) listener()
}

export const useShortcutsOn = (): boolean =>
  useSyncExternalStore(listener => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, areShortcutsOn)

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/** Calls `act` when the key is pressed outside of fields and dialogs. */
export function useShortcut(shortcut: Shortcut, act: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== SHORTCUTS[shortcut] || event.ctrlKey || event.metaKey || event.altKey) return
      const isBusy =
        isTyping(event.target) || document.querySelector('[role=dialog],[role=menu],[role=listbox]')
      if (event.defaultPrevented || isBusy || !areShortcutsOn()) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [shortcut, act])
}
