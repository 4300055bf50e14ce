/** What is explained of requests to an http origin: it is what becomes of them. */
import t from 'tap'
import { explained } from '../support/explain.ts'
import { openWeb } from '../support/web-house.ts'

t.test('of a request to an http origin key, fields and verdict are told', async (t) => {
  const house = await openWeb(t, (response) => {
    response.setHeader('Cache-Control', 'max-age=60')
    response.setHeader('Vary', 'Accept-Language')
    response.end('ok')
  }, { admin: '127.0.0.1:0' })
  const fields = ['Accept-Language', 'de', 'Cookie', 'sid=hidden', 'Authorization', 'Bearer hidden']
  const headers = { 'Accept-Language': 'de', 'Cookie': 'sid=hidden' }
  const url = 'http://www.example.org/a?b=1'
  const before = await explained(house, { url, headers })
  t.match(before.onward, { uri: url, respects: true })
  t.match(before.answer, { outcome: 'miss', hangs_on: 'origin' })
  t.equal((await house.ask('/a?b=1', { fields: fields.slice(0, 4) })).outcome, 'miss')
  const sent = new Set(house.heard[0]!.fields.map((text) => text.toLowerCase()))
  t.match(before.origin?.url, /\/a\?b=1$/)
  for (const [i, text] of before.origin!.fields.entries()) {
    if (i % 2 === 0) t.ok(sent.has(text.toLowerCase()), `${text} is sent`)
  }
  const after = await explained(house, { url, headers })
  t.match(after, {
    lookup: { verdict: 'hit', stored: { tier: 'memory' } },
    answer: { outcome: 'hit-memory', status: 200 },
  })
  t.equal((await house.ask('/a?b=1', { fields: fields.slice(0, 4) })).outcome, 'hit-memory')
  const other = await explained(house, { url, headers: { 'Accept-Language': 'en' } })
  t.equal(other.answer.outcome, 'miss', 'another variant')
  const posted = await explained(house, {
    url, method: 'POST', headers: { 'Authorization': 'Bearer hidden' },
  })
  t.match(posted, { lookup: null, answer: { outcome: 'pass' }, origin: { method: 'POST' } })
  const refused = await explained(house, {
    url: 'http://www.example.org/none', headers: { 'Cache-Control': 'only-if-cached' },
  })
  t.match(refused.answer, { status: 504, reason: 'only-if-cached' })
  for (const trace of [before, after, other, posted]) t.notMatch(JSON.stringify(trace), /hidden/)
  t.equal(house.heard.length, 1, 'nobody has asked the origin but the client')
})
