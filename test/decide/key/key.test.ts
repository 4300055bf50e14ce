import t from 'tap'
import { keyOf } from '../../../src/decide/key/key.ts'
import type { Action, Policy, Template } from '../../../src/model/policy.ts'
import { exchange, policy } from '../nouns.ts'

const TWO: Template = { literals: ['', '', ''], slots: [0, 1] }

/** The key that these captures give, or `status reason`. */
function read(captures: readonly string[], template?: Template): string {
  const x = exchange({ captures })
  const refusal = keyOf(x, policy({}, template))
  if (refusal === null) return x.object!.key
  t.equal(x.object, null, 'a refusal leaves no object')
  t.equal(x.key, '', 'a refusal leaves no key')
  t.notOk(refusal.close, 'the framing is not in doubt')
  return `${refusal.status} ${refusal.reason}`
}

t.test('the key is the object, with origin and bucket in the store', (t) => {
  const x = exchange({ captures: ['3.1', 'eucalyptus-3.1.0'] })
  const key = { literals: ['', '/', '.tgz'], slots: [0, 1] }
  t.equal(keyOf(x, policy({}, key)), null)
  t.same(x.object, {
    origin: 'walrus', bucket: 'releases', bucketName: 'eucalyptus-releases',
    key: '3.1/eucalyptus-3.1.0.tgz',
  })
  t.equal(x.key, 'walrus:eucalyptus-releases/3.1/eucalyptus-3.1.0.tgz')
  t.end()
})

t.test('any other character is part of a key', (t) => {
  const keys = ['a b+c', '[1]{2}', 'a#b?c', '☃/🦭', '.a/..b/...', '100%', 'a:b/c:d', '~', 'a;b']
  for (const key of keys) t.equal(read([key]), key)
  t.end()
})

t.test('no key, or one that a store would take for another, is no object', (t) => {
  for (const key of ['', '/', '/a', 'a/', 'a//b', '//', 'a/b/']) {
    t.equal(read([key]), '404 no-object', JSON.stringify(key))
  }
  t.equal(read(['a', ''], { literals: ['', '/', ''], slots: [0, 1] }), '404 no-object')
  t.end()
})

t.test('with an index the key of a folder is that of its index', (t) => {
  const folders: ReadonlyArray<readonly [string, string]> = [
    ['', 'index.html'], ['a/', 'a/index.html'], ['a/b/', 'a/b/index.html'], ['a', 'a'],
    ['a/b.html', 'a/b.html'], ['/', '404'], ['a//', '404'], ['../', '400'], ['a/../', '400'],
    [`${'a'.repeat(1013)}/`, `${'a'.repeat(1013)}/index.html`], [`${'a'.repeat(1014)}/`, '404'],
  ]
  for (const [captured, expected] of folders) {
    const x = exchange({ captures: [captured] })
    const { action, ...rest } = policy()
    if (action.kind !== 'object') throw new Error('a route to an object')
    const refusal = keyOf(x, { ...rest, action: { ...action, index: 'index.html' } })
    t.equal(refusal === null ? x.object!.key : String(refusal.status), expected, captured)
  }
  t.end()
})

t.test('dot segments are refused, also those that a template has joined', (t) => {
  const keys = ['.', '..', './a', '../a', 'a/.', 'a/..', 'a/./b', 'a/../b', '..;/a', 'a/.;b']
  for (const key of keys) t.equal(read([key]), '400 bad-target', key)
  t.equal(read(['.', '.'], TWO), '400 bad-target')
  t.equal(read(['a/.', './b'], TWO), '400 bad-target')
  t.equal(read(['.'], { literals: ['a/', '/b'], slots: [0] }), '400 bad-target')
  t.end()
})

t.test('a key may have 1024 bytes of UTF-8 and not one more', (t) => {
  for (const [character, bytes] of [['a', 1], ['é', 2], ['☃', 3], ['🦭', 4]] as const) {
    const most = character.repeat(Math.floor(1024 / bytes))
    t.equal(read([most]), most, `${character} within`)
    t.equal(read([most + character]), '404 no-object', `${character} beyond`)
  }
  const dotted = `.${'a'.repeat(1023)}`
  t.equal(read([dotted]), dotted)
  t.equal(read([`${dotted}a`]), '404 no-object')
  t.end()
})

t.test('routes that lead to no bucket name no object', (t) => {
  const actions: readonly Action[] = [
    { kind: 'deny', status: 404 },
    { kind: 'redirect', to: { literals: ['/x'], slots: [] }, status: 302 },
  ]
  for (const action of actions) {
    const x = exchange({ captures: ['..'] })
    const other: Policy = { ...policy(), action }
    t.equal(keyOf(x, other), null)
    t.same([x.object, x.key], [null, ''])
  }
  t.end()
})
