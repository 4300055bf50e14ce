/** Who is let in, and how those who are not are told, per era. */
import t from 'tap'
import { signatureV2, signV2, stringToSignV2 } from '../../src/decide/sign/sigv2.ts'
import { signV4, UNSIGNED_PAYLOAD } from '../../src/decide/sign/sigv4.ts'
import { ERAS } from '../../src/pocket/eras.ts'
import type { EraName } from '../../src/pocket/eras.ts'
import { base, NAMES, pocketOf } from './scene.ts'
import { ask } from './talk.ts'
import type { Fields, Parsed } from './talk.ts'

const NOW = Date.UTC(2012, 6, 1)
const MINUTE_MS = 60_000
const owner = { accessKey: 'AKIDOWNER', secretKey: 'se/cr+et', sessionToken: null }
const role = { accessKey: 'ASIAROLE', secretKey: 'ro/le', sessionToken: 'tok/en+=' }

type Way = {
  credential?: typeof owner | typeof role
  now?: number
  signing: 'v2' | 'v4'
  key?: string
  /** Signed in place of the path that is sent. */
  signedPath?: string
  query?: string
  sent?: Fields
}

async function knock(era: EraName, port: number, way: Way): Promise<Parsed> {
  const path = `${base(era)}/b/${way.key ?? 'private'}`
  const host = `127.0.0.1:${port}`
  const query = way.query ?? ''
  const request = { method: 'GET', host, path: way.signedPath ?? path, query }
  const credential = way.credential ?? owner
  const now = way.now ?? NOW
  const fields = way.signing === 'v2'
    ? signV2(request, credential, now)
    : signV4(request, credential, { now, region: 'anywhere', payload: UNSIGNED_PAYLOAD })
  const target = query === '' ? path : `${path}?${query}`
  return await ask(port, 'GET', target, way.sent ?? fields)
}

const credentials = [owner, role]

t.test('a right SigV2 signature opens private objects in every era', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era, { credentials })
    t.equal((await knock(era, port, { signing: 'v2' })).body, 'secret', era)
    t.equal((await knock(era, port, { signing: 'v2', credential: role })).body, 'secret', era)
    t.equal((await knock(era, port, { signing: 'v2', key: 'a%2Bb' })).body, 'plus', era)
    const acl = await knock(era, port, { signing: 'v2', query: 'acl' })
    t.match(acl.body, '<AccessControlPolicy', era)
  }
})

t.test('only walrus2 insists on the service path in what SigV2 signs', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era, { credentials })
    const { status } = await knock(era, port, { signing: 'v2', signedPath: '/b/private' })
    t.equal(status, era === 'walrus2' ? 403 : 200, era)
  }
})

t.test('SigV4 is known to osg5 and s3, and 403 before', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era, { credentials })
    const known = ERAS[era].signatures.includes('v4')
    for (const credential of credentials) {
      const { status } = await knock(era, port, { signing: 'v4', credential })
      t.equal(status, known ? 200 : 403, era)
    }
    const spaced = await knock(era, port, { signing: 'v4', key: 'a%20b' })
    t.equal(spaced.status, known ? 200 : 403, era)
  }
})

const stranger = { ...owner, accessKey: 'AKIDSTRANGER' }
const forger = { ...owner, secretKey: 'guessed' }
const stale = { ...role, sessionToken: 'old' }

type Wrong = readonly [name: string, way: Way, code: string, walrus2: string, walrus3: string]

const DENIED = 'AccessDenied'
const WRONG: readonly Wrong[] = [
  ['an unknown key', { signing: 'v2', credential: stranger }, 'InvalidAccessKeyId', '500', DENIED],
  ['a wrong secret', { signing: 'v2', credential: forger }, 'SignatureDoesNotMatch', DENIED,
    DENIED],
  ['another path', { signing: 'v2', signedPath: '/b/other' }, 'SignatureDoesNotMatch', DENIED,
    DENIED],
  ['a stale token', { signing: 'v2', credential: stale }, 'InvalidAccessKeyId', '500', DENIED],
  ['a clock 16 minutes slow', { signing: 'v2', now: NOW - 16 * MINUTE_MS },
    'RequestTimeTooSkewed', DENIED, DENIED],
  ['a clock 16 minutes fast', { signing: 'v2', now: NOW + 16 * MINUTE_MS },
    'RequestTimeTooSkewed', DENIED, DENIED],
  ['no date', { signing: 'v2', sent: [['Authorization', 'AWS AKIDOWNER:AAAA']] }, DENIED, DENIED,
    DENIED],
  ['another scheme', { signing: 'v2', sent: [['Authorization', 'Basic YTpi']] }, DENIED, DENIED,
    DENIED],
]

for (const [name, way, code, walrus2, walrus3] of WRONG) {
  t.test(`${name} is refused, even for a public object`, async (t) => {
    const codes = { walrus2, walrus3, osg4: code, osg5: code, s3: code }
    for (const era of NAMES) {
      const { port } = await pocketOf(t, era, { credentials })
      const answer = await knock(era, port, { ...way, key: 'k.txt' })
      if (codes[era] === '500') t.same([answer.status, answer.body], [500, ''], era)
      else t.match(answer, { status: 403, body: `<Code>${codes[era]}</Code>` }, era)
    }
  })
}

t.test('a clock that is 14 minutes off is let in', async (t) => {
  const { port } = await pocketOf(t, 'osg5', { credentials })
  for (const off of [-14, 14]) {
    for (const signing of ['v2', 'v4'] as const) {
      const { status } = await knock('osg5', port, { signing, now: NOW + off * MINUTE_MS })
      t.equal(status, 200, `${signing} ${off}`)
    }
  }
})

t.test('V4 refuses what its signature does not cover', async (t) => {
  const { port } = await pocketOf(t, 's3', { credentials })
  const host = `127.0.0.1:${port}`
  const request = { method: 'GET', host, path: '/b/private', query: '' }
  const right = signV4(request, owner, { now: NOW, region: 'r' })
  const cases: ReadonlyArray<readonly [name: string, fields: Fields, code: string]> = [
    ['an x-amz field that is not signed', [...right, ['x-amz-meta-a', 'b']], 'AccessDenied'],
    ['a payload hash that was changed',
      right.map(([name, value]) => [name, name === 'x-amz-content-sha256' ? 'f' : value] as const),
      'SignatureDoesNotMatch'],
    ['no payload hash', right.filter(([name]) => name !== 'x-amz-content-sha256'), 'AccessDenied'],
    ['a date of another day',
      right.map(([name, value]) =>
        [name, name === 'x-amz-date' ? '20120630T235959Z' : value] as const), 'AccessDenied'],
    ['another clock', signV4(request, owner, { now: NOW - 16 * MINUTE_MS, region: 'r' }),
      'RequestTimeTooSkewed'],
    ['half an Authorization', [...right.slice(0, 2), ['Authorization', 'AWS4-HMAC-SHA256 x']],
      'AccessDenied'],
  ]
  t.equal((await ask(port, 'GET', '/b/private', right)).body, 'secret')
  for (const [name, fields, code] of cases) {
    const { status, body } = await ask(port, 'GET', '/b/private', fields)
    t.match(body, `<Code>${code}</Code>`, name)
    t.equal(status, 403, name)
  }
  t.equal((await ask(port, 'HEAD', '/b/private', right)).status, 403, 'another method')
})

t.test('a presigned query opens until it expires', async (t) => {
  for (const era of NAMES) {
    const { port } = await pocketOf(t, era, { credentials })
    const path = `${base(era)}/b/private`
    const target = (expires: number, secretKey: string): string => {
      const request = { method: 'GET', host: '', path, query: '' }
      const signature = signatureV2(secretKey, stringToSignV2(request, String(expires)))
      return `${path}?AWSAccessKeyId=${owner.accessKey}&Expires=${expires}` +
        `&Signature=${encodeURIComponent(signature)}`
    }
    const soon = NOW / 1000 + 60
    t.equal((await ask(port, 'GET', target(soon, owner.secretKey))).body, 'secret', era)
    t.equal((await ask(port, 'GET', target(soon, 'guessed'))).status, 403, era)
    t.equal((await ask(port, 'GET', target(NOW / 1000 - 1, owner.secretKey))).status, 403, era)
  }
})
