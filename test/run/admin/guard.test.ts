import t from 'tap'
import { refusalOf } from '../../../src/run/admin/guard.ts'

const PLAIN = { origin: undefined, secFetchSite: undefined }

t.test('only an address, localhost and the own name are hosts to change something at', (t) => {
  for (const [host, allowed] of [
    ['127.0.0.1:9001', true],
    ['127.0.0.1', true],
    ['10.1.0.2:80', true],
    ['[::1]:9001', true],
    ['localhost:9001', true],
    ['LocalHost', true],
    ['admin.internal:9001', true],
    ['ADMIN.internal', true],
    [undefined, false],
    ['', false],
    ['pages.example.org:9001', false],
    ['localhost.example.org', false],
    ['127.0.0.1.example.org', false],
    ['admin.internal.example.org', false],
    ['localhost:9001:80', false],
    ['localhost:x', false],
    ['::1', false],
    ['[localhost]', false],
    ['a@localhost', false],
    ['127.0.0.1, pages.example.org', false],
  ] as const) {
    t.equal(refusalOf({ ...PLAIN, host }, 'admin.internal') === null, allowed, String(host))
  }
  t.end()
})

t.test('a web page changes nothing, whatever host it names', (t) => {
  const host = 'localhost:9001'
  for (const asker of [
    { host, origin: 'http://localhost:9001', secFetchSite: undefined },
    { host, origin: 'null', secFetchSite: undefined },
    { host, origin: undefined, secFetchSite: 'none' },
    { host, origin: undefined, secFetchSite: 'same-site' },
  ]) t.equal(refusalOf(asker, '127.0.0.1'), 'web pages may not do this')
  t.end()
})
