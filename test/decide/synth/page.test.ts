import t from 'tap'
import {
  compilePage, compilePages, pageFor, renderPage,
} from '../../../src/decide/synth/page.ts'

const VALUES = { status: '404', phrase: 'Not Found', text: `<"a" & 'b'>\n\\` }

/** The type, the page, what it comes to, and the Content-Type it has then. */
const PAGES: ReadonlyArray<readonly [string, string, string, string]> = [
  ['text/html', '<h1>{status} {phrase}</h1>', '<h1>404 Not Found</h1>', 'text/html; charset=utf-8'],
  ['text/html', '<p title="{text}">', '<p title="&lt;&quot;a&quot; &amp; &#39;b&#39;&gt;\n\\">',
    'text/html; charset=utf-8'],
  ['image/svg+xml', '<a>{text}</a>', '<a>&lt;&quot;a&quot; &amp; &#39;b&#39;&gt;\n\\</a>',
    'image/svg+xml'],
  ['application/json', '{"status":{status},"text":"{text}"}',
    '{"status":404,"text":"<\\"a\\" & \'b\'>\\n\\\\"}', 'application/json'],
  ['application/problem+json', '"{text}"',
    '"<\\"a\\" & \'b\'>\\n\\\\"', 'application/problem+json'],
  ['text/plain', '{text}', `<"a" & 'b'>\n\\`, 'text/plain; charset=utf-8'],
  ['text/html', 'h1 { color: red } {stat} {{status}} { status }',
    'h1 { color: red } {stat} {404} { status }', 'text/html; charset=utf-8'],
  ['text/html', 'ünïcode', 'ünïcode', 'text/html; charset=utf-8'],
  ['text/html', '', '', 'text/html; charset=utf-8'],
]

for (const [type, text, expected, contentType] of PAGES) {
  t.test(`as ${type}, ${JSON.stringify(text)} is ${JSON.stringify(expected)}`, (t) => {
    const page = compilePage({ type, text })
    t.equal(renderPage(page, VALUES), expected)
    t.equal(page.contentType, contentType)
    t.end()
  })
}

t.test('a status has its own page before that of its class, and that before the default', (t) => {
  const all = { 404: 'own', '4xx': 'class', '5xx': 'ours', default: 'any' }
  const named = (names: readonly (keyof typeof all)[]) => compilePages(
    Object.fromEntries(names.map((name) => [name, { type: 'text/html', text: all[name] }])),
  )
  const said = (names: readonly (keyof typeof all)[], status: number) =>
    pageFor(named(names)!, status)?.literals[0] ?? null
  t.equal(said([404, '4xx', '5xx', 'default'], 404), 'own')
  t.equal(said([404, '4xx', '5xx', 'default'], 403), 'class')
  t.equal(said([404, '4xx', '5xx', 'default'], 502), 'ours')
  t.equal(said([404, 'default'], 502), 'any')
  t.equal(said([404], 403), null)
  t.equal(named([]), null, 'without pages there is nothing to look through')
  t.end()
})
