/** What a trace tells of an exchange that has been decided: every line of it, and nothing else. */
import t from 'tap'
import { traceOf, type Course, type Subject } from '../../../src/decide/explain/trace.ts'
import { decide } from '../../../src/decide/line.ts'
import { exchangeOf } from '../../../src/decide/proof/exchange.ts'
import { compile } from '../../../src/decide/rules/compile.ts'
import type { Entry } from '../../../src/model/entry.ts'
import type { Trace } from '../../../src/model/trace.ts'
import { entry } from '../nouns.ts'
import { ruleSet } from '../rules/ruleset.ts'

const RULES = ruleSet([
  {
    name: 'tarballs', match: { path: '/d/{v}/{f}.tgz' }, to: 'releases/{v}/{f}.tgz',
    tags: ['release-{v}'],
    recv: [{ set: { 'x-a': '1' } }, { when: { header: { 'x-a': ['1'] } }, set: { 'x-b': '1' } }],
    fetch: [{ when: { key: ['1/*'] }, set: { 'x-c': '1' } }, { set: { 'x-d': '1' } }],
    store: [
      { when: { sizeOver: 5 }, set: { memory: false } },
      { when: { status: [{ from: 404, to: 404 }] }, set: { ttlMs: 1 } },
      { when: { not: { type: ['text/*'] } }, set: { ttlMs: 5 } },
      { set: { graceMs: 3 } },
    ],
    deliver: [
      { when: { method: ['HEAD'] }, set: { 'x-head': '1' } },
      { when: { sizeUnder: 5 }, set: { 'x-small': '1' } },
    ],
  },
  { name: 'inner', match: { path: '/in/{f}' }, to: 'releases/{f}', access: 'home' },
  { name: 'staff', match: { path: '/s/{f}' }, to: 'releases/{f}', access: { basic: {
    users: 'staff', realm: 'Staff' } } },
  { name: 'site', match: { path: '/w/{rest**}' }, to: undefined,
    forward: { origin: 'web', path: '/{rest}' },
    cache: { respect: 'origin' } },
], {
  recv: [{ when: { path: ['/shut'] }, deny: 403 }, { set: { 'x-late': '1' } }],
  acls: { home: ['10.0.0.0/8'] }, access: { home: { client: ['home'] } }, users: ['staff'],
  origins: ['walrus', 'web'], httpOrigins: ['web'],
})
const { compiled, problems } = compile(RULES)
t.same(problems, [])

const SUBJECT: Subject = {
  rules: RULES, compiled, generation: null,
  placeOf: (path) => ({ file: path.join('.'), line: 1 }),
}

/** Decides a request and tells of it; `found` is what the cache has, null for nobody has looked. */
function told(url: string, asked: { client?: string, found?: Entry } = {}): Trace {
  const x = exchangeOf({ method: 'GET', url, fields: [], client: asked.client })
  const fields = [...x.fields]
  const passwords = { proof: () => false as const, secret: () => Buffer.alloc(32) }
  const decision = decide({ rules: compiled, healthPath: null, passwords }, x)
  const sight: Course['sight'] = asked.found === undefined ? null : {
    found: {
      entry: asked.found, tier: 'memory', ban: 'alive', isCold: false, chunks: new Uint8Array([1]),
    },
    flight: null,
  }
  return traceOf(SUBJECT, x, { decision, sight, asked: fields, wanted: null })
}

function applied({ policy }: Trace): Record<string, boolean | null> {
  return Object.fromEntries(policy.filter(({ key }) => key.includes('['))
    .map(({ key, applies }) => [key, applies]))
}

t.test('steps apply, do not, or hang on the answer', (t) => {
  const unknown = applied(told('http://dl.org/d/1/a.tgz'))
  t.match(unknown, {
    'recv[0]': false, 'recv[1]': true, 'recv[2]': true, 'recv[3]': true,
    'fetch[0]': true, 'fetch[1]': true,
    'store[0]': null, 'store[1]': null, 'store[2]': null, 'store[3]': true,
  })
  const body = Buffer.from('ten bytes!')
  const known = applied(told('http://dl.org/d/2/a.tgz', {
    found: entry({ body, lengthBytes: 10, storedAt: 0 }),
  }))
  t.match(known, {
    'fetch[0]': false, 'store[0]': true, 'store[1]': false, 'store[2]': true,
    'deliver[0]': false, 'deliver[1]': false,
  })
  const absent = applied(told('http://dl.org/d/1/a.tgz', {
    found: entry({ status: 404, lengthBytes: 0, storedAt: 0 }),
  }))
  t.match(absent, { 'store[0]': false, 'store[1]': true, 'store[3]': false })
  t.match(applied(told('http://dl.org/shut')), { 'recv[0]': true, 'recv[1]': false },
    'what ends a request is the last')
  t.end()
})

t.test('each line says what was found, and where that is written', (t) => {
  t.match(told('http://dl.org/d/1/a.tgz'), {
    generation: null,
    recv: { method: 'GET', host: 'dl.org', path: '/d/1/a.tgz', client_from: 'peer' },
    route: { name: 'tarballs', captures: { v: '1', f: 'a' }, place: { file: 'routes.0' } },
    access: { answer: 'allowed', why: ['no access block'] },
    object: { bucket: 'releases', key: '1/a.tgz' },
    onward: null, tags: ['release-1'], lookup: { verdict: null, stored: null },
  })
  t.match(told('http://dl.org/in/a', { client: '192.0.2.1' }), {
    route: { name: 'inner' }, object: null, lookup: null,
    access: {
      answer: 'denied', why: ['client 192.0.2.1 is not in home'], place: { file: 'access.home' },
    },
    answer: { status: 403, outcome: 'denied', reason: 'access-denied' },
  })
  t.match(told('http://dl.org/s/a'), {
    access: {
      answer: 'denied', why: [/given a password/, 'with a right password it would be allowed'],
      place: { file: 'routes.2.access' },
    },
  })
  t.match(told('http://dl.org/w/a?b=1'), {
    onward: { origin: 'web', uri: 'http://dl.org/w/a?b=1', respects: true }, object: null,
  })
  t.match(told('http://dl.org/nothing'), {
    route: { name: 'default', place: { file: 'default' } }, access: { answer: 'not-asked' },
    answer: { status: 404, reason: 'no-route' },
  })
  t.match(told('http://dl.org/d/..%2fa'), { route: null, near: [], answer: { status: 400 } })
  t.end()
})
