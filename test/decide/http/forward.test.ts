import * as fc from 'fast-check'
import t from 'tap'
import {
  forwardedFields, isCacheable, isForOrigin, isLastHop, isLoop, unconditional,
} from '../../../src/decide/http/forward.ts'
import type { Exchange } from '../../../src/model/exchange.ts'
import { exchange, requestHead } from '../nouns.ts'

const ONWARD = {
  target: '/a', whole: '/a', scheme: 'http', authority: 'www.example.org',
  uri: 'http://www.example.org/a',
} as const

/** What goes on of these fields, without what haulout says itself. */
function sent(fields: readonly string[], parts: Partial<Exchange> = {}, keeps = true): string[] {
  const x = exchange({ fields, onward: ONWARD, ...parts })
  const all = forwardedFields(x, keeps)
  t.same(all.slice(-6), [
    'X-Forwarded-Host', 'www.example.org', 'X-Forwarded-Proto', 'http',
    'Via', `${x.version} haulout`,
  ])
  return all.slice(0, -6)
}

const FOR = ['X-Forwarded-For', '192.0.2.7']

const CASES: ReadonlyArray<readonly [name: string, fields: string[], goes: string[]]> = [
  ['what is end-to-end', ['Accept', '*/*', 'x-A', '1', 'X-a', '2'],
    ['Accept', '*/*', 'x-A', '1', 'X-a', '2']],
  ['nothing of the connection', [
    'Connection', 'close, X-Mine', 'x-mine', '1', 'Keep-Alive', '5', 'TE', 'trailers',
    'Transfer-Encoding', 'chunked', 'Upgrade', 'h2c', 'Trailer', 'x', 'Proxy-Connection', 'x',
    'Proxy-Authorization', 'x', 'HTTP2-Settings', 'kept',
  ], ['HTTP2-Settings', 'kept']],
  ['nothing that is made anew', ['Host', 'h', 'Content-Length', '3', 'Expect', '100-continue'], []],
  ['no word of a stranger on who he is', [
    'X-Forwarded-For', '1.1.1.1', 'X-Forwarded-Host', 'e', 'X-FORWARDED-Port', '1',
    'Forwarded', 'x', 'X-Real-IP', '1.1.1.1',
  ], []],
  ['credentials', ['Authorization', 'Bearer x', 'Cookie', 'a=1'],
    ['Authorization', 'Bearer x', 'Cookie', 'a=1']],
  ['fields that Connection must not name', ['Connection', 'cache-control', 'Cache-Control', 'x'],
    ['Cache-Control', 'x']],
]

for (const [name, fields, goes] of CASES) {
  t.test(`of a client goes on: ${name}`, (t) => {
    t.same(sent(fields), [...goes, ...FOR])
    t.end()
  })
}

t.test('a trusted proxy is believed, and its list goes on with its own address', (t) => {
  const fields = ['X-Forwarded-For', '1.1.1.1', 'Forwarded', 'for=1.1.1.1', 'X-Forwarded-Port', '1']
  const head = requestHead({ forwardedFor: '1.1.1.1' })
  t.same(sent(fields, { trusted: true, head }), [
    'Forwarded', 'for=1.1.1.1', 'X-Forwarded-Port', '1', 'X-Forwarded-For', '1.1.1.1, 192.0.2.7',
  ])
  t.same(sent([], { trusted: true }), FOR)
  t.end()
})

t.test('Authorization stays here where it is for users of the route', (t) => {
  t.same(sent(['Authorization', 'Basic x', 'a', '1'], {}, false), ['a', '1', ...FOR])
  t.end()
})

function hops(value: string, method = 'OPTIONS'): string | undefined {
  return sent(['Max-Forwards', value], { method })[1]
}

t.test('Max-Forwards counts down, for OPTIONS alone', (t) => {
  t.equal(hops('10'), '9')
  t.equal(hops('x'), 'x')
  t.equal(hops('99999999999999999999'), '99999999999999999999')
  t.equal(hops('10', 'GET'), '10')
  t.ok(isLastHop(exchange({ method: 'OPTIONS', fields: ['max-forwards', '0'] })))
  t.notOk(isLastHop(exchange({ method: 'OPTIONS', fields: ['max-forwards', '1'] })))
  t.notOk(isLastHop(exchange({ method: 'GET', fields: ['max-forwards', '0'] })))
  t.end()
})

t.test('whatever a client sends, no hop-by-hop field and nothing twice of our own goes on', (t) => {
  const name =
    fc.constantFrom('Connection', 'connection', 'TE', 'X-Forwarded-Host', 'a', 'Via', 'Host')
  const value = fc.constantFrom('a', 'close, a', 'X-Forwarded-Host, via', '', 'te')
  fc.assert(fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
    const names = forwardedFields(exchange({ fields: pairs.flat(), onward: ONWARD }), true)
      .filter((_, i) => i % 2 === 0).map((one) => one.toLowerCase())
    for (const one of ['connection', 'te', 'host']) t.notOk(names.includes(one))
    for (const one of ['x-forwarded-host', 'x-forwarded-for', 'x-forwarded-proto']) {
      t.equal(names.filter((other) => other === one).length, 1)
    }
    t.equal(names.at(-1), 'via')
  }))
  t.end()
})

function via(count: number): string[] {
  return Array.from({ length: count }, () => ['via', '1.1 haulout']).flat()
}

t.test('a loop is known by how often it came through here', (t) => {
  t.notOk(isLoop(via(7)))
  t.ok(isLoop(via(8)))
  t.ok(isLoop(['Via', Array<string>(8).fill('1.1 haulout').join(', ')]))
  t.notOk(isLoop(['Vie', Array<string>(8).fill('1.1 haulout').join(', '), 'Via', '1.0 fred']))
  t.end()
})

t.test('conditions and ranges are the client\'s own', (t) => {
  t.same(unconditional([
    'If-Match', 'x', 'a', '1', 'if-none-match', 'x', 'If-Modified-Since', 'x', 'IF-RANGE', 'x',
    'If-Unmodified-Since', 'x', 'Range', 'x', 'Ranges', 'y',
  ]), ['a', '1', 'Ranges', 'y'])
  t.notOk(isForOrigin(exchange({ head: requestHead({ ifNoneMatch: 'x', ifModifiedSince: 'x' }) })))
  t.ok(isForOrigin(exchange({ head: requestHead({ ifMatch: 'x' }) })))
  t.ok(isForOrigin(exchange({ head: requestHead({ ifUnmodifiedSince: 'x' }) })))
  t.end()
})

t.test('a cache takes part in reads without content', (t) => {
  for (const [method, contentLength, transferEncoding, takes] of [
    ['GET', null, null, true], ['HEAD', '0', null, true], ['GET', '1', null, false],
    ['GET', null, 'chunked', false], ['POST', null, null, false], ['QUERY', null, null, false],
    ['get', null, null, false],
  ] as const) {
    const x = exchange({ method, head: requestHead({ contentLength, transferEncoding }) })
    t.equal(isCacheable(x), takes, method)
  }
  t.end()
})
