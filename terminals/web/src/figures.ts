// Money, months and times as people read them (数字写法).

/** "1234567.50" as 1,234,567.50, with a true minus. */
export function money(amount: string): string {
  const [whole = '', cents = '00'] = amount.replace('-', '').split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${amount.startsWith('-') ? '−' : ''}${grouped}.${cents}`
}

export function count(number: number): string {
  return number.toLocaleString('en-US')
}

export function isZero(amount: string): boolean {
  return /^-?0+\.0+$/.test(amount)
}

/** "2026-11" as 2026 年 11 月. */
export function month(period: string): string {
  const [year, number] = period.split('-')
  return `${year} 年 ${Number(number)} 月`
}

const PARTS = new Intl.DateTimeFormat('zh-CN', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

/** 2026-11-05 08:12 */
export function longTime(instant: string): string {
  const told = PARTS.formatToParts(new Date(instant)).map((part) => [part.type, part.value])
  const { year, month, day, hour, minute } = Object.fromEntries(told) as Record<string, string>
  return `${year}-${month}-${day} ${hour}:${minute}`
}

/** 11-05 08:12 */
export function shortTime(instant: string): string {
  return longTime(instant).slice(5)
}

/** Whole days from an instant to now. */
export function daysSince(instant: string): number {
  return Math.max(0, Math.floor((Date.now() - new Date(instant).getTime()) / 86_400_000))
}

/** 9f3c 28d1 … a71e */
export function shortDigest(digest: string): string {
  return digest ? `${digest.slice(0, 4)} ${digest.slice(4, 8)} … ${digest.slice(-4)}` : '—'
}
