// Rows of a list, page by page as they are looked at (分页读取).

import { ref, type Ref, shallowRef } from 'vue'

import { type Problem, problemOf } from '../api/problems'

export interface Page<T> {
  results: T[]
  next?: string | null
}

export interface Paged<T> {
  rows: Ref<T[]>
  more: Ref<boolean>
  read: Ref<boolean>
  problem: Ref<Problem | null>
  reload: () => Promise<void>
  loadMore: () => Promise<void>
}

function cursorOf(next: string | null | undefined): string | undefined {
  return next ? (new URL(next, window.location.href).searchParams.get('cursor') ?? undefined) : undefined
}

/** Ask for the first page, later for the ones that follow. */
export function paged<T>(ask: (cursor?: string) => Promise<Page<T>>): Paged<T> {
  const rows = shallowRef<T[]>([])
  const more = ref(false)
  const read = ref(false)
  const problem = ref<Problem | null>(null)
  let cursor: string | undefined
  let newest = 0
  let busy = false

  async function take(before: T[], from?: string): Promise<void> {
    const own = ++newest
    busy = true
    try {
      const page = await ask(from)
      if (own !== newest) return
      rows.value = [...before, ...page.results]
      cursor = cursorOf(page.next)
      more.value = cursor !== undefined
      read.value = true
      problem.value = null
    } catch (error) {
      if (own === newest) problem.value = problemOf(error)
    } finally {
      if (own === newest) busy = false
    }
  }
  return {
    rows,
    more,
    read,
    problem,
    reload: () => take([]),
    loadMore: async () => {
      if (!busy && cursor) await take(rows.value, cursor)
    },
  }
}
