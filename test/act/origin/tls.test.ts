import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import t from 'tap'
import type { Test } from 'tap'
import { createOrigin } from '../../../src/act/origin/origin.ts'
import { fetchFrom, originSettings, startRawOrigin } from '../../support/raw-origin.ts'
import type { RawOrigin } from '../../support/raw-origin.ts'

const FOLDER = join(import.meta.dirname, '../../support/tls')

async function startTls(t: Test, name: string): Promise<{ server: RawOrigin; url: string }> {
  const key = readFileSync(join(FOLDER, `${name}.key`))
  const cert = readFileSync(join(FOLDER, `${name}.crt`))
  const server = await startRawOrigin((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret')
  }, (onSocket) => createServer({ key, cert }, onSocket).on('tlsClientError', () => {}))
  t.teardown(() => server.close())
  return { server, url: `https://127.0.0.1:${server.port}` }
}

t.test('a store is trusted by the authorities that were configured', async (t) => {
  const { server, url } = await startTls(t, 'loopback')
  const settings = originSettings([url], { ca: join(FOLDER, 'loopback.crt') })
  const origin = createOrigin(settings, { onResponse() {} })
  for (let i = 0; i < 3; i += 1) {
    const fetched = fetchFrom(origin)
    await fetched.done
    t.equal(fetched.body.toString(), 'secret')
  }
  t.equal(server.accepted, 1)
  await origin.close()
})

type Refused = readonly [title: string, serves: string, trusts: string | null, detail: RegExp]

const REFUSED: readonly Refused[] = [
  ['a certificate that nobody signed', 'loopback', null, /SELF_SIGNED|UNABLE_TO_VERIFY/],
  ['a certificate of another authority', 'loopback', 'elsewhere', /SELF_SIGNED|UNABLE_TO_VERIFY/],
  ['a certificate for another name', 'elsewhere', 'elsewhere', /ALTNAME/],
]

t.test('a store that cannot prove itself is asked nothing', async (t) => {
  for (const [title, serves, trusts, detail] of REFUSED) {
    const { server, url } = await startTls(t, serves)
    const ca = trusts === null ? null : join(FOLDER, `${trusts}.crt`)
    const origin = createOrigin(originSettings([url], { ca }), { onResponse() {} })
    const fetched = fetchFrom(origin)
    await fetched.done
    t.match(fetched.error, { code: 'origin-tls', status: 502, detail }, title)
    t.equal(server.requests.length, 0)
  }
})

t.test('a store that speaks no TLS is asked nothing in clear', async (t) => {
  const server = await startRawOrigin(() => {})
  t.teardown(() => server.close())
  const settings = originSettings([`https://127.0.0.1:${server.port}`])
  const origin = createOrigin(settings, { onResponse() {} })
  const fetched = fetchFrom(origin)
  while (server.connections.size === 0) await new Promise(setImmediate)
  for (const socket of server.connections) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  await fetched.done
  t.equal(fetched.error?.code, 'origin-tls')
  t.equal(server.requests.length, 0)
})

t.test('authorities that cannot be read are an error of the configuration', (t) => {
  const path = join(t.testdir(), 'ca.pem')
  const settings = originSettings(['https://store.example'], { ca: path })
  const make = (): unknown => createOrigin(settings, { onResponse() {} })
  t.throws(make, { code: 'config', detail: path })
  writeFileSync(path, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
  t.throws(make, { code: 'config', detail: path })
  t.end()
})
