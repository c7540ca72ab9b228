// What went wrong, in two kinds: a rule says no, or the world failed. Each has a sentence to read out.

export interface Problem {
  kind: 'rule' | 'world'
  code: string
  sentence: string
  /** What is safe, and what to do now; only where there is more to say than the sentence. */
  then?: string
  /** By field, when what was filled in is wrong. */
  fields?: Record<string, string[]>
}

export class Failed extends Error {
  constructor(
    readonly problem: Problem,
    readonly status: number,
  ) {
    super(problem.sentence)
  }
}

const SAFE = '没有办成，也没有改动任何数据。请稍后再试一次。'
const MAYBE = '这一步可能已经办成，请先刷新查看，不要重复办理。'

export function unreachable(writing: boolean): Failed {
  const sentence = '与中心连接不上'
  return new Failed({ kind: 'world', code: 'unreachable', sentence, then: writing ? MAYBE : SAFE }, 0)
}

export function failedOf(status: number, body: unknown): Failed {
  const told = (body ?? {}) as { code?: string; detail?: string; errors?: Record<string, string[]> }
  const kind = status >= 500 || status === 0 ? 'world' : 'rule'
  const problem: Problem = {
    kind,
    code: told.code ?? `http_${status}`,
    sentence: told.detail ?? '系统没有给出可读的答复，请联系管理员。',
    ...(kind === 'world' ? { then: SAFE } : {}),
    ...(told.errors ? { fields: told.errors } : {}),
  }
  return new Failed(problem, status)
}

/** What to show of whatever was thrown; what is no failure of a call is a mistake of ours. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Failed) return error.problem
  throw error
}
