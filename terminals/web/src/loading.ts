// Something read from the server: not yet, here, or failed (读取).

import { type Ref, ref, shallowRef } from 'vue'

import { type Problem, problemOf } from './api/problems'

export interface Loading<T> {
  value: Ref<T | null>
  problem: Ref<Problem | null>
  load: () => Promise<void>
}

/** Read by ``ask``; what was read before stays while it is read anew. */
export function loading<T>(ask: () => Promise<T>): Loading<T> {
  const value = shallowRef<T | null>(null)
  const problem = ref<Problem | null>(null)
  let newest = 0
  async function load(): Promise<void> {
    const own = ++newest
    try {
      const found = await ask()
      if (own !== newest) return
      value.value = found
      problem.value = null
    } catch (error) {
      if (own === newest) problem.value = problemOf(error)
    }
  }
  return { value, problem, load }
}
