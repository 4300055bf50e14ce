/** What a 304 of an http origin changes, and what it must not, over real sockets. */
import t from 'tap'
import { openWeb, valueOf, type WebHouse } from '../support/web-house.ts'

/** An origin with one page: these fields at first, those with every 304. */
function page(first: readonly string[], same: readonly string[]): Parameters<typeof openWeb>[1] {
  return (response, { fields }, number) => {
    const isKnown = valueOf(fields, 'if-none-match') !== null
    response.sendDate = false
    response.writeHead(isKnown ? 304 : 200, isKnown ? [...same] : [...first])
    response.end(isKnown ? undefined : Buffer.from(`body ${number}`))
  }
}

async function outcomes(house: WebHouse, count: number): Promise<string[]> {
  const found: string[] = []
  for (let i = 0; i < count; i++) found.push((await house.ask('/a')).outcome)
  return found
}

const TAG = ['ETag', '"v1"']
const OLD = [...TAG, 'Cache-Control', 'max-age=60', 'Age', '100']

t.test('the age of a stored response ends when its origin vouches for it', async (t) => {
  const house = await openWeb(t, page(OLD, TAG))
  t.same(await outcomes(house, 3), ['miss', 'revalidated', 'hit-memory'])
  t.equal(valueOf((await house.ask('/a')).fields, 'age'), '0')
})

t.test('its Date ends, too', async (t) => {
  const date = new Date(Date.now() - 120_000).toUTCString()
  const dated = [...TAG, 'Cache-Control', 'max-age=60', 'Date', date]
  const house = await openWeb(t, page(dated, TAG))
  t.same(await outcomes(house, 3), ['miss', 'revalidated', 'hit-memory'])
})

t.test('what a 304 forbids to store is given once more, and then fetched', async (t) => {
  for (const control of ['no-store', 'private']) {
    const house = await openWeb(t, page(OLD, [...TAG, 'Cache-Control', control]))
    t.same(await outcomes(house, 3), ['miss', 'revalidated', 'miss'], control)
    t.same(house.heard.map(({ fields }) => valueOf(fields, 'if-none-match')), [null, '"v1"', null])
  }
})

t.test('a cookie of a 304 is not kept for others', async (t) => {
  const house = await openWeb(t, page(OLD, [...TAG, 'Set-Cookie', 'a=b']))
  t.same(await outcomes(house, 3), ['miss', 'revalidated', 'hit-memory'])
  t.equal(valueOf((await house.ask('/a')).fields, 'set-cookie'), null)
})

t.test('fields that a 304 holds back are not kept', async (t) => {
  const first = [...OLD, 'X-User', 'alice']
  const told = [...TAG, 'Cache-Control', 'max-age=60, private="x-user"']
  const house = await openWeb(t, page(first, told))
  t.same(await outcomes(house, 3), ['miss', 'revalidated', 'hit-memory'])
  t.equal(valueOf((await house.ask('/a')).fields, 'x-user'), null)
})

t.test('a 304 about another version freshens nothing, and ends what is stored', async (t) => {
  const house = await openWeb(t, page(OLD, ['ETag', '"v2"', 'Cache-Control', 'max-age=60']))
  t.same(await outcomes(house, 3), ['miss', 'revalidated', 'miss'])
})

t.test('a 304 about no version is believed each time anew', async (t) => {
  const house = await openWeb(t, page(OLD, ['Cache-Control', 'max-age=60']))
  t.same(await outcomes(house, 3), ['miss', 'revalidated', 'revalidated'])
})
