// Exceptions as the API gives them (对账差异).

import { answered, api, freshKey } from '../api/client'
import type { components, paths } from '../generated/api'

type Schemas = components['schemas']
export type Exception = Schemas['DiscrepancyRow']
export type Comparison = Schemas['ComparisonFields']
export type Counts = Schemas['CountsFields']
export type Group = Schemas['GroupRow']
export type Colleague = Schemas['StaffRow']
type Asked = NonNullable<paths['/api/v1/discrepancies/']['get']['parameters']['query']>

export const READERS = ['FINANCE', 'REVIEWER', 'CLERK', 'SUPERVISOR'] as const
export const ASSIGNERS = ['FINANCE', 'REVIEWER'] as const
const OWNERS = new Set(['FINANCE', 'REVIEWER', 'CLERK'])
/** So many rows are given to an owner at once. */
export const ASSIGNED_MOST = 1000
export const WEIGHTS: Record<number, { name: string; sign: string }> = {
  1: { name: '急', sign: 'urgent' },
  2: { name: '待办', sign: 'waiting' },
  3: { name: '其他', sign: '' },
}

export function listExceptions(asked: Asked) {
  const query = { open: true, page_size: 200, ...asked }
  return answered(api.GET('/api/v1/discrepancies/', { params: { query } }))
}

export function countExceptions(batch?: number): Promise<Counts> {
  const query = batch === undefined ? {} : { batch }
  return answered(api.GET('/api/v1/discrepancies/counts/', { params: { query } }))
}

export function compareException(id: number): Promise<Comparison> {
  return answered(api.GET('/api/v1/discrepancies/{id}/', { params: { path: { id } } }))
}

export async function colleagues(agency: string): Promise<Colleague[]> {
  const query = { is_active: true, page_size: 200 }
  const page = await answered(api.GET('/api/v1/staff/', { params: { query } }))
  return page.results.filter(
    (one) => one.agency === agency && one.roles.some((role) => OWNERS.has(role)),
  )
}

/** Whose these rows are now, with the tag of what was seen. */
export async function ownersSeen(rows: readonly number[]) {
  const query = { rows: rows.join(',') }
  let tag = ''
  const seen = await answered(
    api.GET('/api/v1/discrepancies/assign', { params: { query } }).then((answer) => {
      tag = answer.response.headers.get('ETag') ?? ''
      return answer
    }),
  )
  return { owners: seen.owners, tag }
}

export async function assign(
  rows: readonly number[],
  staff: number,
  tag: string,
  key: string,
): Promise<number> {
  const params = { header: { 'Idempotency-Key': key, 'If-Match': tag } }
  const body = { rows: [...rows], staff }
  const told = await answered(api.POST('/api/v1/discrepancies/assign', { params, body }), true)
  return told.assigned
}

export async function propose(
  id: number,
  decision: string,
  evidence: string,
  key: string,
): Promise<void> {
  const params = { path: { id }, header: { 'Idempotency-Key': key } }
  const body = { decision: decision as Schemas['DecisionProposalRequest']['decision'], evidence }
  await answered(api.POST('/api/v1/discrepancies/{id}/propose', { params, body }), true)
}

export async function decide(
  given: { case: number; approve: boolean; reason: string; password: string; code: string },
  key: string,
): Promise<void> {
  const { case: number, ...rest } = given
  const params = { header: { 'Idempotency-Key': key } }
  const body = { cases: [number], role: 'REVIEWER' as const, ...rest }
  await answered(api.POST('/api/v1/cases/decide', { params, body }), true)
}

export { freshKey }
