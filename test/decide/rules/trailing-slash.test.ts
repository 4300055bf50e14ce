import * as fc from 'fast-check'
import t from 'tap'
import { slashed } from '../../../src/decide/rules/trailing-slash.ts'
import { normalize } from '../../../src/decide/http/target.ts'
import type { TrailingSlash } from '../../../src/model/policy.ts'
import { textOf } from '../../fuzz/property.ts'
import { exchange, requestHead } from '../nouns.ts'

/** Where a request for this URL is sent; null when it stays, or is refused before. */
function sent(url: string, wanted: TrailingSlash, method = 'GET'): string | null {
  const x = exchange({ url, method, head: requestHead({ host: 'dl.example.org' }) })
  if (normalize(x) !== null) return null
  const moved = slashed(x, wanted)
  return moved === null ? null : `${moved.status} ${moved.location}`
}

const CASES: ReadonlyArray<readonly [TrailingSlash, string, string | null]> = [
  ['add', '/docs', '301 /docs/'],
  ['add', '/docs/a', '301 /docs/a/'],
  ['add', '/docs/', null],
  ['add', '/', null],
  ['add', '/docs/a.html', null],
  ['add', '/.well-known', null],
  ['add', '/v1.2/docs', '301 /v1.2/docs/'],
  ['add', '/docs?a=1&b=%2f//', '301 /docs/?a=1&b=%2f//'],
  ['add', '/docs?', '301 /docs/'],
  ['add', '/a%20b+c', '301 /a%20b%2Bc/'],
  ['add', '/%C3%A9', '301 /%C3%A9/'],
  ['add', '/%40evil%3A80', '301 /%40evil%3A80/'],
  ['add', 'http://other.example/docs', '301 /docs/'],
  ['remove', '/docs/', '301 /docs'],
  ['remove', '/docs/a.html/', '301 /docs/a.html'],
  ['remove', '/docs', null],
  ['remove', '/', null],
  ['remove', '/docs/?next=//evil', '301 /docs?next=//evil'],
  ['keep', '/docs', null],
  ['keep', '/docs/', null],
]

for (const [wanted, url, expected] of CASES) {
  t.test(`${wanted}: ${url} ${expected === null ? 'stays' : `is sent to ${expected}`}`, (t) => {
    t.equal(sent(url, wanted), expected)
    t.end()
  })
}

t.test('a method with a body keeps its method', (t) => {
  t.equal(sent('/docs', 'add', 'HEAD'), '301 /docs/')
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    t.equal(sent('/docs', 'add', method), '308 /docs/')
  }
  t.equal(sent('*', 'add', 'OPTIONS'), null, 'the asterisk is no path')
  t.end()
})

const HOSTILE = textOf([
  '/', '//', '/\\', '\\', '%2f', '%5c', '%2F%2F', '%09', '%0d%0a', '%00', '.', '..', '%2e', 'evil',
  'evil.com', '@', ':', '?', '?next=//', '#', 'http://', 'javascript:', ';', '%ff', '%e2%98%83',
  ' ', '\t', '\r\n', '☃', '%25', '%252f', '*',
])

t.test('no target leads anywhere but to another path of the same host, and that stays', (t) => {
  let moved = 0
  fc.assert(fc.property(HOSTILE.map((text) => `/${text}`), (url) => {
    for (const wanted of ['add', 'remove'] as const) {
      const answer = sent(url, wanted)
      if (answer === null) continue
      moved++
      const location = answer.slice(4)
      const there = new URL(location, 'http://dl.example.org/x')
      if (there.host !== 'dl.example.org' || there.protocol !== 'http:') return false
      if (!/^\/(?![/\\])[\w%~.!*'()/-]*(?:\?[!"$-~]*)?$/.test(location)) return false
      const query = url.includes('?') ? url.slice(url.indexOf('?')) : ''
      if (query.length > 1 && !location.endsWith(query)) return false
      if (sent(location, wanted) !== null) return false
    }
    return true
  }), { numRuns: 5000 })
  t.ok(moved > 60, `${moved} of them are sent on`)
  t.end()
})
