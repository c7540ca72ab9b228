// Keys of the page that is open (按键): shown in the key bar, each also a button.
//
// Letters and digits act only when no field has focus and no input method is composing.

import { onBeforeUnmount, onMounted, shallowReactive } from 'vue'

export interface Key {
  /** As the browser names it: j, Enter, Escape, ' '. */
  key: string
  /** As the key bar shows it. */
  shown: string
  label: string
  act: () => void
}

const layers = shallowReactive<Key[][]>([])

/** The keys of this component while it is there; those of the newest come first. */
export function useKeys(keys: Key[]): void {
  onMounted(() => layers.push(keys))
  onBeforeUnmount(() => layers.splice(layers.indexOf(keys), 1))
}

export function shownKeys(): Key[] {
  return layers.flat()
}

function inField(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement && target.type === 'checkbox') return false
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
  )
}

function pressesItself(target: EventTarget | null, key: string): boolean {
  const pressed = target instanceof HTMLElement && !!target.closest('a, button, input')
  return pressed && ['Enter', ' '].includes(key)
}

export function onKey(event: KeyboardEvent): void {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return
  if (event.defaultPrevented || pressesItself(event.target, event.key)) return
  if (document.querySelector('dialog[open]')) return // Esc closes that layer, and no further
  if (inField(event.target) && event.key !== 'Escape') return
  const wanted = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const found = [...layers].reverse().flat().find((one) => one.key === wanted)
  if (found) {
    event.preventDefault()
    found.act()
  }
}
