/** Responses of http origins, stored and used again as RFC 9111 says, over real sockets. */
import t from 'tap'
import type { ServerResponse } from 'node:http'
import { openWeb, valueOf, type Asked, type Got } from '../support/web-house.ts'

/** An origin that says `body N` with these fields, N counting what it was asked. */
function counting(fields: readonly string[], status = 200) {
  return (response: ServerResponse, _heard: unknown, number: number): void => {
    response.writeHead(status, [...fields])
    response.end(Buffer.from(`body ${number}`))
  }
}

const FRESH = ['Cache-Control', 'max-age=600']

/** What a second request gets, after a first has been answered with these fields. */
const TWICE: ReadonlyArray<readonly [
  name: string, fields: readonly string[], outcome: string,
  asked?: { first?: Asked; second?: Asked },
]> = [
  ['explicit freshness', FRESH, 'hit-memory'],
  ['s-maxage wins over max-age', ['Cache-Control', 'max-age=0, s-maxage=600'], 'hit-memory'],
  ['Expires counts from Date', [
    'Date', 'Tue, 24 Nov 2026 00:00:00 GMT', 'Expires', 'Tue, 24 Nov 2026 00:00:00 GMT',
  ], 'miss'],
  ['a third of what has not changed for years is assumed', [
    'Last-Modified', 'Tue, 24 Nov 2015 00:00:00 GMT',
  ], 'hit-memory'],
  ['without a word nothing is stored', [], 'miss'],
  ['private', ['Cache-Control', 'private, max-age=600'], 'miss'],
  ['no-store', ['Cache-Control', 'no-store, max-age=600'], 'miss'],
  ['a cookie', [...FRESH, 'Set-Cookie', 'a=1'], 'miss'],
  ['Vary: *', [...FRESH, 'Vary', '*'], 'miss'],
  ['a targeted field wins', ['Cache-Control', 'no-store', 'CDN-Cache-Control', 'max-age=600'],
    'hit-memory'],
  ['Age counts', [...FRESH, 'Age', '601'], 'miss'],
  ['a request with credentials', FRESH, 'miss', {
    first: { fields: ['Authorization', 'Bearer x'] }, second: {},
  }],
  ['credentials that are shared expressly', ['Cache-Control', 'public, max-age=600'], 'hit-memory',
    { first: { fields: ['Authorization', 'Bearer x'] }, second: {} }],
  ['no-cache of the client', FRESH, 'miss', {
    second: { fields: ['Cache-Control', 'no-cache'] },
  }],
  ['max-age=0 of the client', FRESH, 'miss', {
    second: { fields: ['Cache-Control', 'max-age=0'] },
  }],
  ['no-store of the first client', FRESH, 'miss', {
    first: { fields: ['Cache-Control', 'no-store'] }, second: {},
  }],
  ['a HEAD is answered from a GET', FRESH, 'hit-memory', { second: { method: 'HEAD' } }],
  ['a GET is not answered from a HEAD', FRESH, 'miss', { first: { method: 'HEAD' }, second: {} }],
  ['another host is another resource', FRESH, 'miss', {
    second: { fields: ['Host', 'b.example'] },
  }],
  ['another port is another resource', FRESH, 'miss', {
    second: { fields: ['Host', 'www.example.org:81'] },
  }],
]

for (const [name, fields, outcome, asked = {}] of TWICE) {
  t.test(`asked twice, ${name}: ${outcome}`, async (t) => {
    const house = await openWeb(t, counting(fields))
    t.match(await house.ask('/a', asked.first), { status: 200, outcome: /^(miss|pass)$/ })
    const got = await house.ask('/a', asked.second)
    const hit = outcome === 'hit-memory'
    t.equal(got.outcome, outcome)
    t.equal(house.heard.length, hit ? 1 : 2)
    t.equal(valueOf(got.fields, 'age') !== null, hit || fields.includes('Age'))
  })
}

for (const status of [200, 203, 301, 308, 404, 410, 418, 501]) {
  t.test(`${status} with explicit freshness is stored with its phrase and its body`, async (t) => {
    const house = await openWeb(t, (response) => {
      response.writeHead(status, 'As It Was', [...FRESH, 'Location', '/elsewhere'])
      response.end(Buffer.from('said once'))
    })
    const first = await house.ask('/a')
    const second = await house.ask('/a')
    t.equal(house.heard.length, 1)
    const same = { status, phrase: 'As It Was', body: 'said once' }
    t.match([first, second], [same, same])
    t.equal(valueOf(second.fields, 'location'), '/elsewhere')
  })
}

t.test('stored fields come back in their order, with an Age and little else', async (t) => {
  const given = [
    'X-b', '1', 'Cache-Control', 'max-age=600', 'ETag', '"v"', 'x-B', '2', 'Content-Length', '6',
    'Last-Modified', 'Tue, 24 Nov 2015 00:00:00 GMT', 'Date', 'Tue, 24 Nov 2026 00:00:00 GMT',
    'Content-Type', 'text/plain', 'Warning', '214 x "y"',
  ]
  const house = await openWeb(t, counting(given))
  await house.ask('/a')
  const got = await house.ask('/a', { fields: ['Cache-Control', 'max-stale'] })
  t.equal(house.heard.length, 1)
  t.same(got.fields.slice(0, given.length), given)
  t.same(got.fields.slice(given.length).filter((_, i) => i % 2 === 0),
    ['Via', 'Age', 'Cache-Status'])
})

t.test('what one fetched without a length has one the next time', async (t) => {
  const house = await openWeb(t, counting(FRESH))
  t.equal(valueOf((await house.ask('/a')).fields, 'content-length'), null)
  t.equal(valueOf((await house.ask('/a')).fields, 'content-length'), '6')
})

t.test('variants are kept side by side, each for its like', async (t) => {
  const house = await openWeb(t, (response, { fields }) => {
    response.writeHead(200, [...FRESH, 'Vary', 'Accept-Language, X-Mood'])
    response.end(Buffer.from(valueOf(fields, 'accept-language') ?? 'none'))
  })
  const ask = async (language: string | null, mood: string | null = null): Promise<Got> => {
    const fields = [...language === null ? [] : ['Accept-Language', language],
      ...mood === null ? [] : ['X-Mood', mood]]
    return house.ask('/a', { fields })
  }
  for (const language of ['de', 'fr', null, 'de, fr']) {
    t.match(await ask(language), { outcome: 'miss' })
  }
  t.match(await ask('de'), { outcome: 'hit-memory', body: 'de' })
  t.match(await ask('fr'), { outcome: 'hit-memory', body: 'fr' })
  t.match(await ask(null), { outcome: 'hit-memory', body: 'none' })
  t.match(await ask('fr,de'), { outcome: 'hit-memory', body: 'de, fr' }, 'in any order')
  t.match(await ask('de', 'good'), { outcome: 'miss' })
  t.equal(house.heard.length, 5)
})

t.test('a variant that is not stored is asked for with the tags of those that are', async (t) => {
  const house = await openWeb(t, (response, { fields }) => {
    const known = valueOf(fields, 'if-none-match') ?? ''
    response.sendDate = false
    if (known.includes('"one"')) response.writeHead(304, ['ETag', '"one"', 'Vary', 'X-Mood'])
    else response.writeHead(200, [...FRESH, 'ETag', '"one"', 'Vary', 'X-Mood'])
    response.end(Buffer.from(known === '' ? 'the one' : ''))
  })
  await house.ask('/a', { fields: ['X-Mood', 'good'] })
  const other = await house.ask('/a', { fields: ['X-Mood', 'bad'] })
  t.match(other, { status: 200, body: 'the one', outcome: 'revalidated' })
  t.equal(valueOf(house.heard[1]!.fields, 'if-none-match'), '"one"')
})

t.test('hash.vary tells apart what does not say so itself', async (t) => {
  const house = await openWeb(t, counting(FRESH), {
    route: 'cache: { respect: origin }\n    hash: { vary: x-device }',
  })
  await house.ask('/a', { fields: ['X-Device', 'phone'] })
  t.match(await house.ask('/a', { fields: ['X-Device', 'desk'] }), { body: 'body 2' })
  t.match(await house.ask('/a', { fields: ['X-Device', 'phone'] }), { body: 'body 1' })
})

t.test('of the query only what counts is in the key, and goes on', async (t) => {
  const house = await openWeb(t, counting(FRESH), {
    route: 'methods: [GET, POST]\n    cache: { respect: origin }\n' +
      '    hash: { query: { drop: [utm_*, fbclid], sort: true } }',
  })
  await house.ask('/a?b=2&utm_x=1&a=1&fbclid=z&b=1')
  t.equal(house.heard[0]!.url, '/a?a=1&b=2&b=1')
  t.match(await house.ask('/a?utm_y=9&a=1&b=2&b=1'), { outcome: 'hit-memory' })
  t.match(await house.ask('/a?a=1&b=1&b=2'), { outcome: 'miss' }, 'one name keeps its order')
  t.match(await house.ask('/a?%75tm_x=1&a=1&b=2&b=1'), { outcome: 'miss' }, 'nothing is decoded')
  await house.ask('/a?z=1&utm_x=1&a=1', { method: 'POST' })
  t.equal(house.heard.at(-1)!.url, '/a?z=1&utm_x=1&a=1', 'what passes is left as it is')
})
