import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import type { JsonSchema } from '../../../src/run/config/json-schema.ts'
import { generated } from '../../../src/run/config/manual.ts'

const CONFIG = resolve(import.meta.dirname, '../../../config')

for (const [name, text] of generated()) {
  t.test(`config/${name} is what its sources say (npm run manual writes it)`, (t) => {
    t.equal(readFileSync(resolve(CONFIG, name), 'utf8'), text)
    t.end()
  })
}

t.test('every key of the schema has a meaning and a place in the manual', (t) => {
  const manual = generated().get('README.md')!
  const schema = JSON.parse(generated().get('haulout.schema.json')!) as JsonSchema
  let keys = 0
  const walk = (below: JsonSchema): void => {
    for (const [key, one] of Object.entries(below.properties ?? {})) {
      keys++
      t.ok(one.description !== undefined && one.description !== '', `${key} has a meaning`)
      t.match(manual, new RegExp(`[\`.]${key}\``), `${key} is in the manual`)
      walk(one)
    }
    if (typeof below.additionalProperties === 'object') walk(below.additionalProperties)
    if (below.items !== undefined) walk(below.items)
  }
  walk(schema)
  t.ok(keys > 60, `${keys} keys`)
  t.end()
})

t.test('editors are not told to demand what has a default', (t) => {
  const schema = JSON.parse(generated().get('haulout.schema.json')!) as JsonSchema
  t.same(schema.required, ['haulout'])
  t.equal(schema.properties!['listen']!.required, undefined)
  t.equal(schema.properties!['listen']!.properties!['http']!.default, '127.0.0.1:8080')
  const origin = schema.properties!['origins']!.additionalProperties as JsonSchema
  t.same(origin.required, ['dialect', 'endpoints'])
  t.same(schema.properties!['routes']!.items!.required, ['name', 'match'])
  t.end()
})

t.test('whole files in config name the schema that is there', (t) => {
  const files = globSync(['demo.yaml', 'examples/*.yaml'], { cwd: CONFIG })
  t.ok(files.length >= 2)
  for (const file of files) {
    const path = resolve(CONFIG, file)
    const text = readFileSync(path, 'utf8')
    const [, named] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? []
    t.equal(resolve(path, '..', named!), resolve(CONFIG, 'haulout.schema.json'))
  }
  t.end()
})
