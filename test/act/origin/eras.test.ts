/** Every era of the store, quirks and all, answers an origin of its dialect as it should. */
import { createHash } from 'node:crypto'
import t from 'tap'
import type { Test } from 'tap'
import { createOrigin } from '../../../src/act/origin/origin.ts'
import type { DialectName, Known, Origin } from '../../../src/model/origin.ts'
import type { OriginSettings } from '../../../src/model/settings.ts'
import { startPocket } from '../../../src/pocket/pocket.ts'
import type { Pocket } from '../../../src/pocket/pocket.ts'
import { fetchFrom, originSettings, wanted } from '../../support/raw-origin.ts'
import type { Fetched } from '../../support/raw-origin.ts'

type EraName = Parameters<typeof startPocket>[0]['era']

const ERAS: ReadonlyArray<readonly [EraName, DialectName, signing: ReadonlyArray<'v2' | 'v4'>]> = [
  ['walrus2', 'walrus', ['v2']],
  ['walrus3', 'walrus', ['v2']],
  ['osg4', 'osg', ['v2']],
  ['osg5', 'osg', ['v2', 'v4']],
  ['s3', 's3', ['v2', 'v4']],
]
const KEYS = ['plain.tgz', '3.1/a+b c.tgz', 'x#y?z.tgz', '[1] 100%/ü.tgz']
const BODY = Buffer.from('0123456789'.repeat(50_000))

process.env.HAULOUT_TEST_ACCESS = 'AKID'
process.env.HAULOUT_TEST_SECRET = 'geheim'
const CREDENTIALS = {
  accessKey: { kind: 'env', name: 'HAULOUT_TEST_ACCESS' },
  secretKey: { kind: 'env', name: 'HAULOUT_TEST_SECRET' },
  sessionToken: null,
} as const

type Store = { readonly pocket: Pocket; origin: (changes?: Partial<OriginSettings>) => Origin }

async function startStore(t: Test, era: EraName, dialect: DialectName): Promise<Store> {
  const pocket = await startPocket({
    era, credentials: [{ accessKey: 'AKID', secretKey: 'geheim' }], listable: ['bucket'],
  })
  for (const key of KEYS) await pocket.put('bucket', key, BODY)
  await pocket.put('bucket', 'private.tgz', BODY, { private: true })
  const origins: Origin[] = []
  t.teardown(async () => {
    await Promise.all(origins.map((origin) => origin.close()))
    await pocket.close()
  })
  return {
    pocket,
    origin(changes = {}) {
      const settings = originSettings([pocket.endpoint], { dialect, ...changes })
      const origin = createOrigin(settings, { onResponse() {} })
      origins.push(origin)
      return origin
    },
  }
}

function request(key: string, known: Known | null = null, fromByte = 0): ReturnType<typeof wanted> {
  const object = { origin: 'store', bucket: 'releases', bucketName: 'bucket', key }
  return wanted({ object, known, fromByte })
}

async function get(origin: Origin, ...what: Parameters<typeof request>): Promise<Fetched> {
  const fetched = fetchFrom(origin, request(...what))
  await fetched.done
  return fetched
}

function field(fetched: Fetched, name: string): string | null {
  const fields = fetched.head?.fields ?? []
  const at = fields.findIndex((one, i) => i % 2 === 0 && one.toLowerCase() === name)
  return at < 0 ? null : fields[at + 1]!
}

function knownOf(fetched: Fetched): Known {
  return {
    originEtag: field(fetched, 'etag'),
    lastModified: field(fetched, 'last-modified'),
    lengthBytes: fetched.head?.lengthBytes ?? null,
  }
}

for (const [era, dialect, signings] of ERAS) {
  t.test(`${era}: whole objects under any name, twice`, async (t) => {
    const { pocket, origin } = await startStore(t, era, dialect)
    const anonymous = origin()
    const md5 = createHash('md5').update(BODY).digest('hex')
    for (const key of [...KEYS, ...KEYS]) {
      const fetched = await get(anonymous, key)
      t.match(fetched.head, { kind: 'content', lengthBytes: BODY.length, delimited: true }, key)
      t.ok(fetched.body.equals(BODY))
      t.equal(field(fetched, 'etag')?.replaceAll('"', ''), md5)
    }
    t.same(pocket.failures, [])
  })

  t.test(`${era}: private objects with a signature, and without one forbidden`, async (t) => {
    const { origin } = await startStore(t, era, dialect)
    const without = await get(origin(), 'private.tgz')
    t.match(without.head, { kind: 'forbidden', status: 403, code: 'AccessDenied' })
    for (const signing of signings) {
      const fetched = await get(origin({ signing, credentials: CREDENTIALS }), 'private.tgz')
      t.ok(fetched.body.equals(BODY), signing)
    }
  })

  t.test(`${era}: what is absent is absent`, async (t) => {
    const { origin } = await startStore(t, era, dialect)
    const store = origin({ signing: 'v2', credentials: CREDENTIALS })
    for (let i = 0; i < 2; i += 1) {
      const fetched = await get(store, 'nothing.tgz')
      t.match(fetched.head, { kind: 'absent', status: 404, code: 'NoSuchKey' })
    }
  })

  t.test(`${era}: what is still the same is not sent again`, async (t) => {
    const { origin } = await startStore(t, era, dialect)
    const store = origin()
    const first = await get(store, 'plain.tgz')
    const again = await get(store, 'plain.tgz', knownOf(first))
    // The oldest gateway compares quoted with bare and so sends the whole.
    t.equal(again.head?.kind, era === 'osg4' ? 'content' : 'not-modified')
    t.equal(again.body.length, era === 'osg4' ? BODY.length : 0)
    const byDate = await get(store, 'plain.tgz', { ...knownOf(first), originEtag: null })
    t.equal(byDate.head?.kind, era === 'osg4' ? 'content' : 'not-modified')
    const changed = await get(store, 'plain.tgz', { ...knownOf(first), originEtag: '"0"' })
    t.ok(changed.body.equals(BODY), 'and what is not, is')
    const next = await get(store, 'plain.tgz')
    t.ok(next.body.equals(BODY), 'and nothing of it is left for the next')
  })

  t.test(`${era}: the rest of an object, or the whole of it`, async (t) => {
    const { origin } = await startStore(t, era, dialect)
    const store = origin()
    const known = knownOf(await get(store, 'plain.tgz'))
    const rest = await get(store, 'plain.tgz', known, 1000)
    const from = dialect === 's3' ? 1000 : 0
    t.match(rest.head, { kind: 'content', fromByte: from, lengthBytes: BODY.length })
    t.ok(rest.body.equals(BODY.subarray(from)))
    if (dialect !== 's3') return
    const changed = await get(store, 'plain.tgz', { ...known, originEtag: '"0"' }, 1000)
    t.equal(changed.error?.code, 'origin-changed')
  })

  t.test(`${era}: HEAD tells the length and leaves nothing behind`, async (t) => {
    const { origin } = await startStore(t, era, dialect)
    const store = origin({ signing: 'v2', credentials: CREDENTIALS })
    const found = fetchFrom(store, { ...request('plain.tgz'), method: 'HEAD' })
    await found.done
    t.match(found.head, { kind: 'content', lengthBytes: BODY.length })
    t.same(found.calls, ['head', 'end'])
    const absent = fetchFrom(store, { ...request('nothing.tgz'), method: 'HEAD' })
    await absent.done
    t.equal(absent.head?.kind, 'absent')
    t.ok((await get(store, 'plain.tgz')).body.equals(BODY))
  })

  t.test(`${era}: a wrong secret is the operator's fault, not the client's`, async (t) => {
    const { origin } = await startStore(t, era, dialect)
    process.env.HAULOUT_TEST_WRONG = 'falsch'
    const credentials = {
      ...CREDENTIALS, secretKey: { kind: 'env', name: 'HAULOUT_TEST_WRONG' },
    } as const
    const fetched = await get(origin({ signing: 'v2', credentials }), 'private.tgz')
    // Walrus itself does not tell a wrong signature from a right one without permission.
    if (era === 'walrus3') t.equal(fetched.head?.kind, 'forbidden')
    else if (fetched.error === null) t.equal(era, 'walrus2')
    else t.equal(fetched.error.status, 502)
  })
}
