import * as fc from 'fast-check'
import t from 'tap'
import { hostOf } from '../../src/decide/http/authority.ts'
import { normalize } from '../../src/decide/http/target.ts'
import { keyOf } from '../../src/decide/key/key.ts'
import type { Target } from '../../src/model/exchange.ts'
import { exchange, policy, requestHead } from '../decide/nouns.ts'
import { holds, textOf } from './property.ts'

const TARGETS = textOf([
  '/', '//', '.', '..', '%', '%2e', '%2E', '%2f', '%5c', '%00', '%25', '2f', '%e2%98%83', '%ff',
  '?', '#', '\\', ';', '*', 'http://', 'HTTPS://', 'a', 'B.c', ':80', '@', '[::1]', ' ', '\t',
  '\r\n', '☃', '~', '+',
])

/** Names as people give them to objects: any text but what no path may hold. */
const SEGMENT = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => text.toWellFormed().replaceAll(/[\p{Cc}/\\]/gu, '_'))
  .filter((text) => !/^\.\.?(?:;|$)|%(?:25)*(?:2f|2e|5c|00)/i.test(text))
const PATH = fc.array(SEGMENT, { minLength: 1, maxLength: 6 }).map((parts) => `/${parts.join('/')}`)

function read(url: string, method = 'GET'): Target | null {
  const x = exchange({ url, method, head: requestHead({ host: 'a' }) })
  return normalize(x) === null ? x.target : null
}

t.test('no target gets through with anything hostile in its path', (t) =>
  holds(t, TARGETS.map((text) => `/${text}`), (url) => {
    const target = read(url)
    if (target === null) return true
    const { path, query } = target
    const segments = path.split('/')
    return segments[0] === '' && !/[\p{Cc}\\]/u.test(path) && path.isWellFormed() &&
      segments.slice(1, -1).every((segment) => segment !== '') &&
      segments.every((segment) => segment !== '.' && segment !== '..') &&
      /^[!"$-~]*$/.test(query)
  }))

t.test('no text makes the reading of a target throw, and what it reads has a whole host', (t) =>
  holds(t, fc.tuple(TARGETS, fc.constantFrom('GET', 'OPTIONS')), ([url, method]) => {
    const target = read(url, method)
    return target === null || (hostOf(target.host) === target.host &&
      (target.path.startsWith('/') || (target.path === '*' && method === 'OPTIONS')))
  }))

t.test('what the target says raw and what it means differ only by decoding', (t) =>
  holds(t, TARGETS.map((text) => `/${text}`), (url) => {
    const target = read(url)
    return target === null || target.path === decodeURIComponent(url.split('?', 1)[0]!)
  }))

t.test('any name, percent-encoded, comes out as it was, by either spelling of the encoding', (t) =>
  holds(t, PATH, (path) => {
    const encoded = path.split('/').map(encodeURIComponent).join('/')
    const all = path.split('/').map((segment) => [...Buffer.from(segment)]
      .map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')).join('/')
    return read(encoded)?.path === path && read(all)?.path === path
  }))

t.test('any name becomes the key of that very object', (t) => holds(t, PATH, (path) => {
  const x = exchange({ captures: [path.slice(1)] })
  const refusal = keyOf(x, policy())
  return refusal === null && x.object?.key === path.slice(1)
}))

t.test('captures of any text, in any template, never make a key that walks', (t) => {
  const text = textOf(['/', '.', '..', '//', 'a', ';', '%2f'])
  holds(t, fc.array(text, { minLength: 2, maxLength: 2 }), (captures) => {
    const x = exchange({ captures })
    const key = { literals: ['', '', ''], slots: [0, 1] }
    if (keyOf(x, policy({}, key)) !== null) return x.object === null
    return x.object!.key.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  })
})

t.test('a host that is read once is read the same again', (t) =>
  holds(t, textOf(['a', 'B', '.', ':', '80', '[', ']', '::1', '@', ',', ' ', '-', '_']), (text) => {
    const host = hostOf(text)
    return host === null || (hostOf(host) === host && hostOf(`${host}:80`) === host &&
      host === host.toLowerCase() && !/[\s,@/\\]/.test(host))
  }))
