/** Stored responses of http origins: asked about, stale, in parts, and made invalid. */
import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { openWeb, valueOf, type WebHouse } from '../support/web-house.ts'

/** An origin that says `body N` with these fields, N counting what it was asked. */
function counting(fields: readonly string[], status = 200) {
  return (response: ServerResponse, _heard: unknown, number: number): void => {
    response.writeHead(status, [...fields])
    response.end(Buffer.from(`body ${number}`))
  }
}

const FRESH = ['Cache-Control', 'max-age=600']
const STALE = ['Cache-Control', 'max-age=0', 'ETag', '"v1"']

t.test('what is stale is asked about, and a 304 freshens it', async (t) => {
  const house = await openWeb(t, (response, { fields }, number) => {
    if (valueOf(fields, 'if-none-match') === '"v1"') {
      response.writeHead(304, ['ETag', '"v1"', 'X-Number', String(number), ...FRESH])
      response.end()
    } else {
      response.writeHead(200, [...STALE, 'X-Number', '1', 'X-Stays', 'yes'])
      response.end(Buffer.from('kept'))
    }
  })
  await house.ask('/a')
  const second = await house.ask('/a')
  t.match(second, { status: 200, body: 'kept', outcome: 'revalidated' })
  t.equal(valueOf(second.fields, 'x-number'), '2')
  t.equal(valueOf(second.fields, 'x-stays'), 'yes')
  t.match(await house.ask('/a'), { outcome: 'hit-memory', body: 'kept' })
})

t.test('a 200 in place of a 304 replaces what was stored', async (t) => {
  const house = await openWeb(t, counting(STALE))
  await house.ask('/a')
  t.match(await house.ask('/a'), { body: 'body 2', outcome: 'miss' })
})

t.test('the condition of a client does not get in the way of storing', async (t) => {
  const house = await openWeb(t, counting([...FRESH, 'ETag', '"v1"']))
  const known = { fields: ['If-None-Match', '"v1"'] }
  const first = await house.ask('/a', known)
  t.match(first, { status: 304, body: '' })
  t.equal(valueOf(first.fields, 'etag'), '"v1"')
  t.equal(valueOf(house.heard[0]!.fields, 'if-none-match'), null)
  t.match(await house.ask('/a', known), { status: 304 })
  t.match(await house.ask('/a', { fields: ['If-None-Match', 'W/"v1", "x"'] }), { status: 304 })
  t.match(await house.ask('/a', { fields: ['If-None-Match', '"v2"'] }), { status: 200 })
  t.equal(house.heard.length, 1)
})

t.test('conditions that are the origin\'s to look at get there', async (t) => {
  const house = await openWeb(t, (response, { fields }) => {
    const status = valueOf(fields, 'if-match') === '"v1"' ? 200 : 412
    response.writeHead(status, [...FRESH, 'ETag', '"v1"'])
    response.end(Buffer.from('x'))
  })
  await house.ask('/a')
  t.match(await house.ask('/a', { fields: ['If-Match', '"v0"'] }), { status: 412 })
  t.match(await house.ask('/a', { fields: ['If-Match', '"v1"'] }), { status: 200 })
  t.equal(house.heard.length, 3)
})

t.test('ranges are answered from what is stored', async (t) => {
  const house = await openWeb(t, (response) => {
    response.writeHead(200, [...FRESH, 'ETag', '"v1"', 'Content-Length', '10', 'X-A', '1'])
    response.end(Buffer.from('0123456789'))
  })
  const first = await house.ask('/a', { fields: ['Range', 'bytes=2-4'] })
  t.match(first, { status: 206, body: '234' })
  t.equal(valueOf(house.heard[0]!.fields, 'range'), null)
  for (const [range, status, body] of [
    ['bytes=-2', 206, '89'], ['bytes=5-', 206, '56789'], ['bytes=10-', 416, /^416/],
    ['lines=1-2', 200, '0123456789'],
  ] as const) {
    t.match(await house.ask('/a', { fields: ['Range', range] }), { status, body }, range)
  }
  const other = ['Range', 'bytes=2-4', 'If-Range', '"v0"']
  t.match(await house.ask('/a', { fields: other }), { status: 200 })
  t.equal(house.heard.length, 1)
})

t.test('what cannot be shared is asked for with its range, and passed on as a part', async (t) => {
  const house = await openWeb(t, (response, { fields }) => {
    const ranged = valueOf(fields, 'range') !== null
    response.writeHead(ranged ? 206 : 200, [
      'Cache-Control', 'no-store', ...ranged ? ['Content-Range', 'bytes 2-4/10'] : [],
    ])
    response.end(Buffer.from(ranged ? '234' : '0123456789'))
  })
  await house.ask('/a')
  const part = await house.ask('/a', { fields: ['Range', 'bytes=2-4'] })
  t.match(part, { status: 206, body: '234' })
  t.equal(valueOf(part.fields, 'content-range'), 'bytes 2-4/10')
})

t.test('only-if-cached gets what is stored, or 504', async (t) => {
  const house = await openWeb(t, counting(FRESH))
  const only = { fields: ['Cache-Control', 'only-if-cached'] }
  t.match(await house.ask('/a', only), { status: 504 })
  await house.ask('/a')
  t.match(await house.ask('/a', only), { status: 200, outcome: 'hit-memory' })
  t.equal(house.heard.length, 1)
})

t.test('what clients ask of caches is not heard where the rules say so', async (t) => {
  const house = await openWeb(t, counting(FRESH), {
    route: 'cache: { respect: origin, directives: ignore }',
  })
  await house.ask('/a')
  const asked = { fields: ['Cache-Control', 'no-cache', 'Pragma', 'no-cache'] }
  t.match(await house.ask('/a', asked), { outcome: 'hit-memory' })
})

t.test('a cookie is stripped or stored where the rules say so', async (t) => {
  for (const [word, second] of [['strip', null], ['store', 'a=1']] as const) {
    const house = await openWeb(t, counting([...FRESH, 'Set-Cookie', 'a=1']), {
      route: `cache: { respect: origin, set_cookie: ${word} }`,
    })
    t.equal(valueOf((await house.ask('/a')).fields, 'set-cookie'), 'a=1', 'the first gets it')
    const got = await house.ask('/a')
    t.equal(got.outcome, 'hit-memory')
    t.equal(valueOf(got.fields, 'set-cookie'), second, word)
  }
})

t.test('without respect the rules\' own ttl decides', async (t) => {
  const house = await openWeb(t, (response, { url }, number) => {
    response.writeHead(url === '/gone' ? 404 : 200, [
      'Cache-Control', 'no-store', ...url === '/cookie' ? ['Set-Cookie', 'a=1'] : [],
    ])
    response.end(Buffer.from(`body ${number}`))
  }, { route: 'cache: { ttl: 1h, not_found: 1m }' })
  for (const [path, second] of [
    ['/a', 'hit-memory'], ['/gone', 'negative-hit'], ['/cookie', 'miss'],
  ] as const) {
    await house.ask(path)
    t.match(await house.ask(path), { outcome: second }, path)
  }
})

t.test('a ttl of the route counts where the origin is silent', async (t) => {
  const house = await openWeb(t, (response, { url }, number) => {
    response.writeHead(200, url === '/said' ? ['Cache-Control', 'no-store'] : [])
    response.end(Buffer.from(`body ${number}`))
  }, { route: 'cache: { respect: origin, ttl: 1h }' })
  for (const [path, second] of [['/a', 'hit-memory'], ['/said', 'miss']] as const) {
    await house.ask(path)
    t.match(await house.ask(path), { outcome: second }, path)
  }
})

/** The origin answers, and then fails as it is told. */
async function failing(t: Test, control: string): Promise<{
  house: WebHouse; fail: (how: 'status' | 'cut' | null) => void
}> {
  let how: 'status' | 'cut' | null = null
  const house = await openWeb(t, (response, _heard, number) => {
    if (how === 'cut') return void response.socket!.destroy()
    response.writeHead(how === 'status' ? 503 : 200, how === 'status' ? ['X-In', 'trouble'] : [
      'Cache-Control', control, 'ETag', '"v1"',
    ])
    response.end(Buffer.from(`body ${number}`))
  })
  return { house, fail: (next) => { how = next } }
}

t.test('stale-if-error stands in for an origin that answers 5xx or not at all', async (t) => {
  const { house, fail } = await failing(t, 'max-age=0, stale-if-error=60')
  await house.ask('/a')
  for (const how of ['status', 'cut'] as const) {
    fail(how)
    t.match(await house.ask('/a'), { status: 200, body: 'body 1', outcome: 'stale' }, how)
  }
  fail(null)
  t.match(await house.ask('/a'), { status: 200, outcome: 'miss' }, 'the trouble is over')
})

t.test('must-revalidate lets nothing stand in: the trouble is passed on, or 504', async (t) => {
  const { house, fail } = await failing(t, 'max-age=0, must-revalidate')
  await house.ask('/a')
  fail('status')
  const got = await house.ask('/a')
  t.match(got, { status: 503 })
  t.equal(valueOf(got.fields, 'x-in'), 'trouble')
  fail('cut')
  t.match(await house.ask('/a'), { status: 504 })
})

t.test('stale-while-revalidate answers at once, and asks behind, once', async (t) => {
  const waiting: ServerResponse[] = []
  const asked = Promise.withResolvers<void>()
  const house = await openWeb(t, (response, _heard, number) => {
    response.writeHead(200, ['Cache-Control', 'max-age=0, stale-while-revalidate=60'])
    if (number === 1) return void response.end(Buffer.from('old'))
    waiting.push(response)
    asked.resolve()
  })
  await house.ask('/a')
  const both = await Promise.all([house.ask('/a'), house.ask('/a')])
  t.match(both, [{ body: 'old', outcome: 'stale' }, { body: 'old', outcome: 'stale' }])
  await asked.promise
  t.equal(waiting.length, 1)
  waiting[0]!.end(Buffer.from('new'))
  let got = await house.ask('/a')
  while (got.body === 'old') got = await house.ask('/a')
  t.match(got, { body: 'new', outcome: 'stale' })
})

const CHANGES: ReadonlyArray<readonly [
  method: string, status: number, fields: readonly string[], gone: readonly string[],
]> = [
  ['POST', 200, [], ['/a']], ['PUT', 204, [], ['/a']], ['DELETE', 303, [], ['/a']],
  ['PATCH', 200, ['Location', '/b'], ['/a', '/b']],
  ['POST', 201, ['Content-Location', 'b', 'Location', 'http://www.example.org/c'],
    ['/a', '/b', '/c']],
  ['POST', 200, ['Location', 'http://evil.example/b'], ['/a']],
  ['POST', 200, ['Location', '//evil.example/b'], ['/a']],
  ['POST', 404, ['Location', '/b'], []], ['PUT', 500, [], []],
  ['OPTIONS', 200, [], []], ['REPORT', 200, [], []],
]

for (const [method, status, said, gone] of CHANGES) {
  t.test(`${method} with ${status} ${said.join(' ')} ends ${gone.join(' ') || 'nothing'}`,
    async (t) => {
      const house = await openWeb(t, (response, { method: asked }, number) => {
        response.writeHead(asked === method ? status : 200, asked === method ? [...said] : FRESH)
        response.end(Buffer.from(`body ${number}`))
      })
      for (const path of ['/a', '/b', '/c']) await house.ask(path)
      await house.ask('/a', { method, body: 'x' })
      for (const path of ['/a', '/b', '/c']) {
        const outcome = gone.includes(path) ? 'miss' : 'hit-memory'
        t.match(await house.ask(path), { outcome }, path)
      }
    })
}

t.test('a change ends all variants', async (t) => {
  const house = await openWeb(t, (response, { method }, number) => {
    response.writeHead(200, method === 'GET' ? [...FRESH, 'Vary', 'X-Mood'] : [])
    response.end(Buffer.from(`body ${number}`))
  })
  for (const mood of ['good', 'bad']) await house.ask('/a', { fields: ['X-Mood', mood] })
  await house.ask('/a', { method: 'DELETE' })
  for (const mood of ['good', 'bad']) {
    t.match(await house.ask('/a', { fields: ['X-Mood', mood] }), { outcome: 'miss' }, mood)
  }
})

t.test('the answer to a POST that is its own content is stored for GET', async (t) => {
  const house = await openWeb(t, (response, { method }, number) => {
    response.writeHead(200, method === 'POST' ? [...FRESH, 'Content-Location', '/a'] : [])
    response.end(Buffer.from(`body ${number}`))
  })
  await house.ask('/a', { method: 'POST', body: 'x' })
  t.match(await house.ask('/a'), { outcome: 'hit-memory', body: 'body 1' })
  t.match(await house.ask('/a', { method: 'POST', body: 'x' }), { body: 'body 2' })
})

t.test('a range of what is too large to be stored goes on, once that is known', async (t) => {
  const size = 3 * 1024 * 1024
  const house = await openWeb(t, (response, { fields }) => {
    const ranged = valueOf(fields, 'range') === 'bytes=-4'
    response.writeHead(ranged ? 206 : 200, [
      ...FRESH, 'ETag', '"v1"', 'Content-Length', String(ranged ? 4 : size),
      ...ranged ? ['Content-Range', `bytes ${size - 4}-${size - 1}/${size}`] : [],
    ])
    response.end(Buffer.alloc(ranged ? 4 : size, 'x'))
  }, { config: 'storage: { memory: { size: 4MiB } }' })
  const end = { fields: ['Range', 'bytes=-4'] }
  t.match(await house.ask('/a', end), { status: 206, body: 'xxxx' })
  t.equal(valueOf(house.heard[0]!.fields, 'range'), null)
  t.match(await house.ask('/a', end), { status: 206, body: 'xxxx' })
  t.equal(valueOf(house.heard[1]!.fields, 'range'), 'bytes=-4')
  const both = await Promise.all([house.ask('/a'), house.ask('/a')])
  t.same(both.map(({ body }) => body.length), [size, size])
  t.equal(house.heard.length, 3, 'the whole is still shared')
})
