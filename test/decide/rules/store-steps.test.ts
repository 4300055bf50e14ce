import t from 'tap'
import { judge } from '../../../src/decide/http/judge.ts'
import { ttlOf } from '../../../src/decide/http/storable.ts'
import { compile } from '../../../src/decide/rules/compile.ts'
import { keptOf, stripped } from '../../../src/decide/rules/store-steps.ts'
import type { Entry } from '../../../src/model/entry.ts'
import type { StoreRule } from '../../../src/model/steps.ts'
import { entry, NOW } from '../nouns.ts'
import { ruleSet } from './ruleset.ts'

const MIB = 1024 * 1024

/** The policy of a route with these steps, behind those for all routes. */
function policyWith(own: readonly StoreRule[], all: readonly StoreRule[] = []) {
  const { compiled, problems } = compile(ruleSet(
    [{ match: { path: '/{f**}' }, to: 'plain/{f}', store: own }], { store: all },
  ))
  t.same(problems, [])
  return compiled.routes[0]!.policy
}

type Said = { ttl?: number; grace?: number; keep?: number } &
  Partial<Record<'memory' | 'disk' | 'cacheable', boolean>>

/** What a policy says of an entry, as far as it differs from what it says of all. */
function said(policy: ReturnType<typeof policyWith>, stored: Entry): Said {
  const { cache, ...places } = keptOf(policy, stored)
  const plain = policy.kept.cache
  const differing: Array<[string, unknown]> = [
    ['ttl', ttlOf(stored.status, cache)], ['grace', cache.graceMs], ['keep', cache.keepMs],
    ...Object.entries(places),
  ]
  const usual: Record<string, unknown> = {
    ttl: ttlOf(stored.status, plain), grace: plain.graceMs, keep: plain.keepMs,
    cacheable: true, memory: true, disk: true, policy,
  }
  return Object.fromEntries(differing.filter(([key, value]) => usual[key] !== value))
}

const HTML = { fields: ['Content-Type', 'text/html; charset=utf-8'] }
const ABSENT = { status: 404, lengthBytes: 0 }

/** Steps of the route, an entry, and what holds for it. */
const CASES: ReadonlyArray<readonly [string, readonly StoreRule[], Partial<Entry>, Said]> = [
  ['no steps', [], {}, {}],
  ['a step without a condition', [{ set: { ttlMs: 1, graceMs: 2, keepMs: 3 } }], {},
    { ttl: 1, grace: 2, keep: 3 }],
  ['large ones out of memory', [{ when: { sizeOver: 64 * MIB }, set: { memory: false } }],
    { lengthBytes: 64 * MIB + 1 }, { memory: false }],
  ['not quite so large', [{ when: { sizeOver: 64 * MIB }, set: { memory: false } }],
    { lengthBytes: 64 * MIB }, {}],
  ['of unknown length', [{ when: { sizeOver: 64 * MIB }, set: { memory: false } }],
    { lengthBytes: null }, {}],
  ['small ones off the disk', [{ when: { sizeUnder: 11 }, set: { disk: false } }], {},
    { disk: false }],
  ['by type', [{ when: { type: ['text/*'] }, set: { ttlMs: 5 } }], HTML, { ttl: 5 }],
  ['by another type', [{ when: { type: ['image/*'] }, set: { ttlMs: 5 } }], HTML, {}],
  ['by key', [{ when: { key: ['**/*.tgz'] }, set: { cacheable: false } }], {},
    { cacheable: false }],
  ['by a field', [{ when: { answer: { 'x-ttl': ['long'] } }, set: { ttlMs: 9 } }],
    { fields: ['X-TTL', 'long'] }, { ttl: 9 }],
  ['by a field that has been removed', [
    { when: { answer: { 'x-ttl': ['long'] } }, set: { ttlMs: 9 }, unset: ['x-ttl'] },
  ], { dropped: ['X-TTL', 'long'] }, { ttl: 9 }],
  ['by a validator', [{ when: { answer: { etag: false } }, set: { ttlMs: 9 } }], { etag: null },
    { ttl: 9 }],
  ['the later wins', [{ set: { ttlMs: 1, graceMs: 1 } }, { set: { ttlMs: 2 } }], {},
    { ttl: 2, grace: 1 }],
  ['and takes back', [{ set: { memory: false } }, { set: { memory: true } }], {}, {}],
  ['an absence is not meant', [{ set: { ttlMs: 1 } }, { set: { cacheable: false } }], ABSENT, {}],
  ['unless it is', [{ when: { status: [{ from: 404, to: 404 }] }, set: { ttlMs: 1 } }], ABSENT,
    { ttl: 1 }],
  ['or all but others are', [
    { when: { not: { status: [{ from: 500, to: 599 }] } }, set: { ttlMs: 1 } },
  ], { status: 410 }, { ttl: 1 }],
  ['a refusal', [{ when: { status: [{ from: 400, to: 499 }] }, set: { ttlMs: 1 } }],
    { status: 403 }, { ttl: 1 }],
  ['an object is not', [{ when: { status: [{ from: 404, to: 404 }] }, set: { ttlMs: 1 } }], {}, {}],
]

for (const [name, steps, parts, expected] of CASES) {
  t.test(`store: ${name}`, (t) => {
    t.same(said(policyWith(steps), entry(parts)), expected)
    t.same(said(policyWith([], steps), entry(parts)), expected, 'the same said for all routes')
    t.end()
  })
}

t.test('steps of a route come behind those of all routes', (t) => {
  const policy = policyWith([{ set: { ttlMs: 2 } }], [{ set: { ttlMs: 1, keepMs: 1 } }])
  t.same(said(policy, entry()), { ttl: 2, keep: 1 })
  t.end()
})

t.test('what has been found is remembered for one policy, and asked anew by another', (t) => {
  const [short, long] = [policyWith([{ set: { ttlMs: 1 } }]), policyWith([{ set: { ttlMs: 9 } }])]
  const stored = entry()
  t.equal(keptOf(short, stored), keptOf(short, stored))
  t.equal(keptOf(long, stored).cache.ttlMs, 9)
  t.equal(keptOf(short, stored).cache.ttlMs, 1)
  const plain = policyWith([])
  t.equal(keptOf(plain, stored), plain.kept)
  t.equal(stored.kept?.policy, short, 'a policy without steps leaves nothing behind')
  t.end()
})

t.test('what is not cacheable any more is a miss, however fresh', (t) => {
  const stored = entry({ storedAt: NOW })
  t.equal(judge(stored, policyWith([]), NOW), 'hit')
  t.equal(judge(stored, policyWith([{ set: { cacheable: false } }]), NOW), 'miss')
  t.equal(judge(stored, policyWith([{ set: { ttlMs: 0, keepMs: 5 } }]), NOW), 'revalidate')
  t.end()
})

t.test('fields that are unset are put aside', (t) => {
  const fields = ['Content-Type', 'a/b', 'X-One', '1', 'x-amz-id-2', '2', 'X-Two', '3']
  const cases: Array<[StoreRule[], kept: string[], dropped: string[]]> = [
    [[], fields, []],
    [[{ set: { ttlMs: 1 } }], fields, []],
    [[{ unset: ['x-one'] }], ['Content-Type', 'a/b', 'x-amz-id-2', '2', 'X-Two', '3'],
      ['X-One', '1']],
    [[{ unset: ['X-Amz-*', 'X-ONE'] }, { unset: ['x-two'] }], ['Content-Type', 'a/b'],
      ['X-One', '1', 'x-amz-id-2', '2', 'X-Two', '3']],
    [[{ when: { type: ['c/d'] }, unset: ['x-one'] }], fields, []],
  ]
  for (const [steps, kept, dropped] of cases) {
    t.match(stripped(policyWith(steps), entry({ fields })), { fields: kept, dropped })
  }
  t.end()
})

t.test('a step that can do nothing is refused where it is written', (t) => {
  const cases: Array<[StoreRule, string]> = [
    [{ when: { key: ['a'] } }, 'routes.0.store.0: this step changes nothing'],
    [{ set: {} }, 'routes.0.store.0: this step changes nothing'],
    [{ set: { memory: false, disk: false } },
      'routes.0.store.0.set: this leaves no tier to keep it in'],
    [{ set: { cacheable: false, ttlMs: 1 } },
      'routes.0.store.0.set.cacheable: what is not stored is not kept in any way'],
    [{ when: { key: ['/a'] }, set: { ttlMs: 1 } },
      'routes.0.store.0.when.key: the key of an object does not begin with `/`'],
    [{ when: {}, set: { ttlMs: 1 } }, 'routes.0.store.0.when: this condition says nothing'],
  ]
  for (const [step, expected] of cases) {
    const { problems } = compile(ruleSet([{ store: [step] }]))
    t.same(problems.map(({ path, message }) => `${path.join('.')}: ${message}`), [expected])
    const everywhere = compile(ruleSet([{}], { store: [step] })).problems
    t.same(everywhere.map(({ path, message }) => `routes.0.${path.join('.')}: ${message}`),
      [expected])
  }
  t.end()
})
