// The API, called by its own types. A call gives the answer's body, or throws what went wrong.

import createClient from 'openapi-fetch'

import type { paths } from '../generated/api'
import { Failed, failedOf, unreachable } from './problems'

export const api = createClient<paths>({ credentials: 'same-origin' })

const NOBODY = new Set(['not_authenticated', 'authentication_failed'])
let token = ''
let onLost: () => void = () => undefined

/** Who is told when the session has ended. */
export function whenLost(tell: () => void): void {
  onLost = tell
}

/** The token against forged requests, which every writing call carries. */
export function carry(fresh: string): void {
  token = fresh
}

export function carried(): string {
  return token
}

api.use({
  onRequest({ request }) {
    if (request.method === 'POST') request.headers.set('X-CSRFToken', token)
    return request
  },
})

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Wait for a call; its body when it went well. */
export async function answered<T>(call: Promise<Answer<T>>, writing = false): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await call
  } catch {
    throw unreachable(writing)
  }
  if (answer.response.ok) return answer.data as T
  const failed = failedOf(answer.response.status, answer.error)
  if (failed.status === 401 && NOBODY.has(failed.problem.code)) onLost()
  throw failed
}

/** A key under which an act counts once, however often it is sent. */
export function freshKey(): string {
  return crypto.randomUUID()
}

export { Failed }
