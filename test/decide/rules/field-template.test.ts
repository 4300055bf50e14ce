import t from 'tap'
import * as fc from 'fast-check'
import { fillField, parseFieldTemplate } from '../../../src/decide/rules/field-template.ts'

/** The value of a field for these captures, by name. */
function filled(name: string, text: string, captures: Readonly<Record<string, string>>): string {
  const template = parseFieldTemplate(name, text, Object.keys(captures))
  if (typeof template === 'string') return template
  if ('message' in template) throw new Error(template.message)
  return fillField(template, Object.values(captures))
}

const CD = 'content-disposition'

t.test('captures are spelt as their surroundings want it', (t) => {
  const cases: Array<[name: string, text: string, capture: string, expected: string]> = [
    // Without captures nothing is looked at.
    ['x', 'plain "text', 'a', 'plain "text'],
    ['report-to', '{"group": {"a": []}}', 'a', '{"group": {"a": []}}'],
    // Elsewhere: a token, or a part of a URI.
    ['x', 'v={f}', '3.1', 'v=3.1'],
    ['x', '{f}', 'a/b:c@d+e~f', 'a/b:c@d+e~f'],
    ['x', '{f}', 'a b,c;d"e\\f<g>(h)\'i*', 'a%20b%2Cc%3Bd%22e%5Cf%3Cg%3E%28h%29%27i%2A'],
    ['x', '{f}', 'größe', 'gr%C3%B6%C3%9Fe'],
    ['x', '{f}', '100%', '100%25'],
    ['x', '{f}', 'a\r\nSet-Cookie: b\0\x7f', 'a%0D%0ASet-Cookie:%20b%00%7F'],
    ['link', '</docs/{f}>; rel=canonical', 'a>b', '</docs/a%3Eb>; rel=canonical'],
    // Between quotes.
    ['x', '"{f}"', 'a b, c', '"a b, c"'],
    ['x', '"{f}"', 'a"; evil="\\', '"a\\"; evil=\\"\\\\"'],
    ['x', '"{f}"', 'größe\r\n', '"gr%C3%B6%C3%9Fe%0D%0A"'],
    ['x', '"\\"" {f} "{f}"', 'a b', '"\\"" a%20b "a b"'],
    // A parameter that has an extended form.
    [CD, 'attachment; filename="{f}.tgz"', 'a b', 'attachment; filename="a b.tgz"'],
    [CD, 'attachment; filename="{f}.tgz"', 'a"b\\', 'attachment; filename="a\\"b\\\\.tgz"'],
    [CD, 'attachment; filename="{f}.tgz"', 'größe',
      'attachment; filename="gr__e.tgz"; filename*=UTF-8\'\'gr%C3%B6%C3%9Fe.tgz'],
    [CD, 'attachment; filename="{f}.tgz"; x=y', '🦭',
      'attachment; filename="_.tgz"; filename*=UTF-8\'\'%F0%9F%A6%AD.tgz; x=y'],
    [CD, 'attachment; filename="{f}.tgz"', '100%', 'attachment; filename="100%.tgz"'],
    [CD, 'attachment; filename="{f}"', 'a%41',
      'attachment; filename="a%41"; filename*=UTF-8\'\'a%2541'],
    [CD, 'attachment; filename="{f}"', 'a\r\nb',
      'attachment; filename="a__b"; filename*=UTF-8\'\'a%0D%0Ab'],
    [CD, 'attachment; filename="a\\"{f}"', 'é',
      'attachment; filename="a\\"_"; filename*=UTF-8\'\'a%22%C3%A9'],
    [CD, 'attachment; x="y"; FileName="{f}"', 'é',
      'attachment; x="y"; FileName="_"; FileName*=UTF-8\'\'%C3%A9'],
    // Whoever writes the extended form is taken by the word.
    [CD, 'attachment; filename="{f}"; filename*=UTF-8\'\'{f}', 'é (1)/\'*',
      'attachment; filename="%C3%A9 (1)/\'*"; filename*=UTF-8\'\'%C3%A9%20%281%29%2F%27%2A'],
    ['x', '{f}', '\ud800', '%EF%BF%BD'],
  ]
  for (const [name, text, capture, expected] of cases) {
    t.equal(filled(name, text, { f: capture }), expected, `${text} of ${JSON.stringify(capture)}`)
  }
  t.end()
})

t.test('what cannot be filled in is a fault', (t) => {
  const cases: Array<[text: string, captures: string[], message: string, advice: string]> = [
    ['{fil}', ['file'], 'the path has no capture `{fil}`', 'did you mean {file}?'],
    ['{a}', [], 'the path has no capture `{a}`', 'the path has no captures at all'],
    ['x="{a}', ['a'], 'a quote is not closed', 'write a value as "{name}" with both quotes'],
    ['x="{a}\\"', ['a'], 'a quote is not closed', 'write a value as "{name}" with both quotes'],
  ]
  for (const [text, captures, message, advice] of cases) {
    t.same(parseFieldTemplate(CD, text, captures), { message, advice }, text)
  }
  t.end()
})

/** What stands in the field outside of its quoted strings. */
function outside(value: string): string {
  return value.replace(/"(?:[^"\\]|\\.)*"/g, '""')
}

t.test('no capture breaks out of its quotes, or brings in what is not visible ASCII', (t) => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom('"', '\\', '\r', '\n', '\0', ';', ',', '%', '=', '\'', '\ud83d', '*', '{a}'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 20,
  })
  const texts = ['"{a}"', 'x; f="{a}"; g={a}', 'f="{a}{b}.tgz"', '{a}', 'f="-{a}"; f*=UTF-8\'\'{a}']
  fc.assert(fc.property(nasty, nasty, fc.constantFrom(...texts), (a, b, text) => {
    for (const name of [CD, 'x-name']) {
      const value = filled(name, text, { a, b })
      if (!/^[\x20-\x7e]*$/.test(value)) return false
      // What has been added in the extended form, and values that nothing can be made of.
      const rest = outside(value).replace(/; f\*=UTF-8''[\w.!~%-]*/, '')
      if (!/^(?:|x; f=""; g=[\w.!~%+:@/-]*|f=""|""|[\w.!~%+:@/-]*)$/.test(rest)) return false
    }
    return true
  }), { numRuns: 5000 })
  t.end()
})
