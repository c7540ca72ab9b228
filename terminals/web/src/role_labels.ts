// What roles are called, as the server's table says (岗位名称).

import { reactive } from 'vue'

import { answered, api } from './api/client'
import type { components } from './generated/api'

export type RolePost = components['schemas']['RolePost']

const posts = reactive(new Map<string, RolePost>())

async function read(): Promise<void> {
  if (posts.size) return
  for (const post of await answered(api.GET('/api/v1/roles/'))) posts.set(post.code, post)
}

export const roleLabels = {
  read,
  of: (code: string): string => posts.get(code)?.role_label ?? code,
  post: (code: string): RolePost | undefined => posts.get(code),
}
