import t from 'tap'
import * as fc from 'fast-check'
import type { Template } from '../../../src/model/policy.ts'
import {
  faultOfLocation, fill, fillLocation, parseTemplate,
} from '../../../src/decide/rules/template.ts'

function template(text: string, captures: readonly string[]): Template {
  const parsed = parseTemplate(text, captures)
  if ('message' in parsed) throw new Error(parsed.message)
  return parsed
}

const FILLED: ReadonlyArray<readonly [string, Record<string, string>, string]> = [
  ['catalog', {}, 'catalog'],
  ['{v}/{f}.tgz', { v: '3.1', f: 'a' }, '3.1/a.tgz'],
  ['{f}{v}{f}', { v: '1', f: 'a' }, 'a1a'],
  ['{f}', { f: '{v} $& $1 %2F é \\' }, '{v} $& $1 %2F é \\'],
  ['x-{f}', { f: '' }, 'x-'],
]

for (const [text, values, expected] of FILLED) {
  t.test(`${text} filled with ${JSON.stringify(values)} is ${expected}`, (t) => {
    t.equal(fill(template(text, Object.keys(values)), Object.values(values)), expected)
    t.end()
  })
}

const FAULTS: ReadonlyArray<readonly [string, readonly string[], string, string]> = [
  ['{file', ['file'], '`{` without its `}`', 'a capture is written {name}'],
  ['file}', ['file'], '`}` without its `{`', 'a capture is written {name}'],
  ['{fiel}', ['file'], 'the path has no capture `{fiel}`', 'did you mean {file}?'],
  ['{x}', ['version', 'file'], 'the path has no capture `{x}`', 'the path has {version}, {file}'],
  ['{x}', [], 'the path has no capture `{x}`', 'the path has no captures at all'],
  ['{rest**}', ['rest'], '`{rest**}` is written as in a glob', 'write {rest} here'],
  ['{e:a|b}', ['e'], '`{e:a|b}` is written as in a glob', 'write {e} here'],
  ['x/*', [], '`*` stands for nothing here',
    'give the wildcard in the path a name and write that name, e.g. {file}'],
]

for (const [text, captures, message, advice] of FAULTS) {
  t.test(`${text} is refused`, (t) => {
    t.same(parseTemplate(text, captures), { message, advice })
    t.end()
  })
}

const LOCATIONS: ReadonlyArray<readonly [string, string, string]> = [
  ['/d/3.1/{r}', 'a/b.tgz', '/d/3.1/a/b.tgz'],
  ['/d/{r}', 'a b+c#d?e%f', '/d/a%20b%2Bc%23d%3Fe%25f'],
  ['/d/{r}', 'ü☃', '/d/%C3%BC%E2%98%83'],
  ['/d/{r}', 'a\r\nSet-Cookie: x', '/d/a%0D%0ASet-Cookie%3A%20x'],
  ['/d/{r}', '\ud800', '/d/%EF%BF%BD'],
  ['/{r}', '/evil.example', '/evil.example'],
  ['/{r}', '\\evil.example', '/%5Cevil.example'],
  ['/{r}', 'evil@host:80', '/evil%40host%3A80'],
  ['https://dl.example.org/{r}', '/x', 'https://dl.example.org//x'],
  ['/d?file={r}', 'a&b=c', '/d?file=a%26b%3Dc'],
]

for (const [text, value, expected] of LOCATIONS) {
  t.test(`${JSON.stringify(value)} in ${text} leads to ${expected}`, (t) => {
    t.equal(fillLocation(template(text, ['r']), [value]), expected)
    t.end()
  })
}

const LOCATION_FAULTS: ReadonlyArray<readonly [string, string | null]> = [
  ['/', null],
  ['/{r}', null],
  ['https://dl.example.org/{r}', null],
  ['http://[::1]:8080/{r}', null],
  ['//evil.example/{r}', 'the host of a redirect must be written out'],
  ['https://{r}/', 'the host of a redirect must be written out'],
  ['https://dl.example.org{r}', 'the host of a redirect must be written out'],
  ['https://user@dl.example.org/', 'the host of a redirect must be written out'],
  ['{r}', 'a redirect leads to a path on this host'],
  ['downloads/{r}', 'a redirect leads to a path on this host'],
  ['javascript:{r}', 'a redirect leads to a path on this host'],
  ['/a b/{r}', 'a character that no URL has'],
  ['/a\\{r}', 'a character that no URL has'],
  ['/a\r\nX: y', 'a character that no URL has'],
  ['/ü', 'a character that no URL has'],
]

for (const [text, message] of LOCATION_FAULTS) {
  t.test(`${JSON.stringify(text)} ${message === null ? 'can' : 'cannot'} be redirected to`, (t) => {
    const fault = faultOfLocation(template(text, ['r']))
    if (message === null) t.equal(fault, null)
    else t.match(fault, { message })
    t.end()
  })
}

t.test('no captured text leads off the host or out of the field', (t) => {
  const texts = ['/{r}', '/{r}/x', '/d/{r}', '/{r}?q={r}', '/{r}{s}', '/d#{r}']
  const hostile = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('/', '\\', '.', ':', '@', '\r', '\n', '%', 'x', '\ud800') }))
  fc.assert(fc.property(fc.constantFrom(...texts), hostile, hostile, (text, r, s) => {
    const location = fillLocation(template(text, ['r', 's']), [r, s])
    const url = new URL(location, 'http://dl.example.org/a/b')
    return url.origin === 'http://dl.example.org' && /^\/(?!\/)[\x21-\x7e]*$/.test(location)
  }), { numRuns: 3000 })
  t.pass('three thousand times')
  t.end()
})
