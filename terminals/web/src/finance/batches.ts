// Batches as the API gives them, and whose turn it is (发放批次).

import { answered, api, freshKey } from '../api/client'
import type { components } from '../generated/api'
import { roles } from '../session'

type Schemas = components['schemas']
// The schema calls what has a default optional; an answer always holds it.
export type ListedBatch = Required<Schemas['ListedBatch']>
export type BatchDetail = Required<Schemas['BatchDetail']>
export type Passage = Schemas['PassageFields']
export type Place = Schemas['PlaceFields']
export type Totals = Schemas['TotalsFields']
export type Review = Schemas['ReviewFields']
export type Held = Schemas['HeldOfBatchFields']
export type Summed = Schemas['SummedFields']
export type Refusal = Schemas['RefusalRow']
export type ReturnFile = Required<Schemas['ReturnFileRow']>
export type Step = 'CHECK' | 'APPROVE' | 'SEND'

export const READERS = ['FINANCE', 'REVIEWER', 'APPROVER', 'CASHIER', 'SUPERVISOR'] as const
export const UPLOADERS = ['FINANCE', 'CASHIER'] as const

interface Signing {
  step: Step
  role: string
  state: string
  label: string
}

export const SIGNINGS: readonly Signing[] = [
  { step: 'CHECK', role: 'REVIEWER', state: 'SEALED', label: '复核' },
  { step: 'APPROVE', role: 'APPROVER', state: 'CHECKED', label: '审批' },
  { step: 'SEND', role: 'CASHIER', state: 'APPROVED', label: '放款' },
]

/** The signature that a batch waits for, when the caller's role gives it. */
export function myTurn(state: string): Signing | undefined {
  return SIGNINGS.find((one) => one.state === state && roles.value.has(one.role))
}

export function dueTurn(state: string): Signing | undefined {
  return SIGNINGS.find((one) => one.state === state)
}

/** The newest hundred that have anything in them. */
export async function listBatches(): Promise<ListedBatch[]> {
  const query = { page_size: 100 }
  const page = await answered(api.GET('/api/v1/batches/', { params: { query } }))
  return (page.results as ListedBatch[]).filter((row) => row.state !== 'EMPTY')
}

export async function readBatch(id: number): Promise<BatchDetail> {
  const params = { path: { id } }
  return (await answered(api.GET('/api/v1/batches/{id}/', { params }))) as BatchDetail
}

/** Put down that the caller opened what must be seen before signing. */
export async function openedBatch(
  id: number,
  what: 'MOVEMENT' | 'HELD',
  key: string,
): Promise<void> {
  const params = { path: { id }, header: { 'Idempotency-Key': key } }
  await answered(api.POST('/api/v1/batches/{id}/opened', { params, body: { what } }), true)
}

export interface Proof {
  password: string
  code: string
}

/** Sign, refuse or lift: one key for one act, however often it has to be sent. */
export async function say(
  word: 'sign' | 'refuse' | 'lift',
  step: Step,
  batch: { id: number; digest: string },
  proof: Proof,
  reason: string,
  key: string,
): Promise<void> {
  const body = { step, batches: [{ id: batch.id, digest: batch.digest }], ...proof }
  const params = { header: { 'Idempotency-Key': key } }
  if (word === 'sign') {
    await answered(api.POST('/api/v1/batches/sign', { params, body }), true)
  } else if (word === 'refuse') {
    await answered(api.POST('/api/v1/batches/refuse', { params, body: { ...body, reason } }), true)
  } else {
    await answered(api.POST('/api/v1/batches/lift', { params, body: { ...body, reason } }), true)
  }
}

export { freshKey }
