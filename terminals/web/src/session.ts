// Who works here (登录). Kept in memory only: a new page asks the server again.

import { computed, reactive, readonly } from 'vue'

import { answered, api, carry } from './api/client'
import type { components } from './generated/api'

export type Me = components['schemas']['MeFields']

interface State {
  me: Me | null
  demo: boolean
  /** Why nobody is logged in any more, when somebody was. */
  ended: '' | 'expired' | 'left' | 'password'
}

const state = reactive<State>({ me: null, demo: false, ended: '' })
export const session = readonly(state)
export const roles = computed<ReadonlySet<string>>(() => new Set(state.me?.roles ?? []))

async function greet(): Promise<boolean> {
  const told = await answered(api.GET('/api/v1/staff/csrf'))
  carry(told.token)
  state.demo = told.demo
  return told.logged_in
}

/** At the start of a page: whether somebody is logged in already. */
export async function begin(): Promise<void> {
  if (await greet()) state.me = await answered(api.GET('/api/v1/staff/me'))
}

export async function logIn(username: string, password: string, code: string): Promise<void> {
  const body = { username, password, code }
  const me = await answered(api.POST('/api/v1/staff/login', { body }), true)
  await greet() // the token changes with the session
  state.me = me
  state.ended = ''
}

export async function logOut(): Promise<void> {
  await answered(api.POST('/api/v1/staff/logout'), true)
  await greet()
  end('left')
}

export async function changePassword(password: string, fresh: string, code: string): Promise<void> {
  const body = { password, new_password: fresh, code }
  await answered(api.POST('/api/v1/staff/password', { body }), true)
  await greet()
  end('password')
}

export function end(why: State['ended']): void {
  state.me = null
  state.ended = why
}

export function mayUse(wanted: readonly string[] | undefined): boolean {
  return !wanted || wanted.some((role) => roles.value.has(role))
}
