// Types of the API for what the pages call (接口类型), from the server's own schema:
//
//   node scripts/types.mjs SCHEMA.json [--check]
//
// Only the addresses that stand in the sources are taken over, with all that they name: a change of
// the API that no page uses changes nothing here. With --check nothing is written; exit 1 when stale.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'

const SOURCES = new URL('../src/', import.meta.url)
const TYPES = new URL('../src/generated/api.d.ts', import.meta.url)
const HEAD = '// Written by bin/types from the schema of the API; never by hand.\n'
const ADDRESS = /['"`](\/api\/v1\/[^'"`?]*)['"`]/g

async function calledAddresses() {
  const names = await readdir(SOURCES, { recursive: true })
  const texts = names
    .filter((name) => /\.(ts|vue)$/.test(name) && !name.startsWith('generated'))
    .map((name) => readFile(new URL(name.replaceAll('\\', '/'), SOURCES), 'utf8'))
  const found = (await Promise.all(texts)).flatMap((text) => [...text.matchAll(ADDRESS)])
  return [...new Set(found.map((match) => match[1]))].sort()
}

function namedIn(part, schemas, found = new Set()) {
  for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (!found.has(name)) namedIn(schemas[name], schemas, found.add(name))
  }
  return found
}

/** Without what is only told to readers: other words are no other type. */
function withoutWords(part) {
  if (Array.isArray(part)) return part.map(withoutWords)
  if (part === null || typeof part !== 'object') return part
  const kept = Object.entries(part).filter(
    ([name, value]) => name !== 'description' || typeof value !== 'string',
  )
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutWords(value)]))
}

const [file, mode] = process.argv.slice(2)
const schema = withoutWords(JSON.parse(await readFile(file, 'utf8')))
const called = await calledAddresses()
const unknown = called.filter((address) => !(address in schema.paths))
if (unknown.length) {
  console.error(`接口说明里没有这些地址：${unknown.join('、')}`)
  process.exit(1)
}
const paths = Object.fromEntries(called.map((address) => [address, schema.paths[address]]))
const all = schema.components.schemas
const schemas = Object.fromEntries([...namedIn(paths, all)].sort().map((name) => [name, all[name]]))
const wanted = { ...schema, paths, components: { schemas } }
delete wanted.security
const text = HEAD + astToString(await openapiTS(wanted, { alphabetize: true }))
if (mode !== '--check') {
  await writeFile(TYPES, text)
} else if ((await readFile(TYPES, 'utf8').catch(() => '')) !== text) {
  console.error('terminals/web/src/generated/api.d.ts 与接口说明不一致，请执行 bin/types 并提交。')
  process.exit(1)
}
