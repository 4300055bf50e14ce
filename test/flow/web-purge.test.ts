/** PURGE of what is stored of http origins, all its variants, whole sites of it. */
import t from 'tap'
import { openWeb } from '../support/web-house.ts'

const PURGE = { config: 'acls: { here: ["127.0.0.0/8"] }\npurge: { access: { client: here } }' }

t.test('all variants of a page go with it, and no other page', async (t) => {
  const house = await openWeb(t, (response, _heard, number) => {
    response.writeHead(200, ['Cache-Control', 'max-age=600', 'Vary', 'X-Mood'])
    response.end(Buffer.from(`body ${number}`))
  }, PURGE)
  const moods = [['X-Mood', 'good'], ['X-Mood', 'bad'], []]
  const all = async (path: string) => {
    const found: string[] = []
    for (const fields of moods) found.push((await house.ask(path, { fields })).outcome)
    return found
  }
  t.same(await all('/a?x=1'), ['miss', 'miss', 'miss'])
  t.same(await all('/a?x=2'), ['miss', 'miss', 'miss'])
  t.same(await all('/a?x=1'), ['hit-memory', 'hit-memory', 'hit-memory'])
  t.match(await house.ask('/a?x=1', { method: 'PURGE' }), { status: 200 })
  t.same(await all('/a?x=1'), ['miss', 'miss', 'miss'])
  t.same(await all('/a?x=2'), ['hit-memory', 'hit-memory', 'hit-memory'])
  t.notOk(house.heard.some(({ method }) => method === 'PURGE'), 'the origin does not hear of it')
})

t.test('what was in the air when its page was purged is not for who comes later', async (t) => {
  const waiting: Array<() => void> = []
  const house = await openWeb(t, (response, _heard, number) => {
    const answer = (): void => {
      response.writeHead(200, ['Cache-Control', 'max-age=600'])
      response.end(Buffer.from(`body ${number}`))
    }
    if (number === 1) waiting.push(answer)
    else answer()
  }, PURGE)
  const early = house.ask('/a')
  while (waiting.length === 0) await new Promise(setImmediate)
  await house.ask('/a', { method: 'PURGE' })
  t.match(await house.ask('/a'), { body: 'body 2', outcome: 'miss' })
  waiting[0]!()
  t.match(await early, { body: 'body 1' })
  t.match(await house.ask('/a'), { body: 'body 2', outcome: 'hit-memory' })
})
