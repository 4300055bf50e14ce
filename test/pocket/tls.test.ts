/** TLS and plain HTTP on one port, as Eucalyptus binds 8773. */
import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { pocketOf } from './scene.ts'
import { ask } from './talk.ts'

const PAIR = '../support/tls/loopback'
const cert = readFileSync(new URL(`${PAIR}.crt`, import.meta.url), 'utf8')
const key = readFileSync(new URL(`${PAIR}.key`, import.meta.url), 'utf8')

function fetchText(url: string, ca?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, ca }, (answer) => resolve(text(answer))).on('error', reject)
  })
}

t.test('the port answers to both, and only who trusts the certificate gets on', async (t) => {
  const pocket = await pocketOf(t, 'osg5', { tls: { key, cert } })
  t.match(pocket.endpoint, /^https:\/\/127\.0\.0\.1:\d+\/services\/objectstorage$/)
  await pocket.put('b', 'big', { sizeBytes: 3_000_000, seed: 1 })
  t.equal(await fetchText(`${pocket.endpoint}/b/k.txt`, cert), 'hello world')
  const plain = await ask(pocket.port, 'GET', '/services/objectstorage/b/k.txt')
  t.equal(plain.body, 'hello world')
  await t.rejects(fetchText(`${pocket.endpoint}/b/k.txt`), { code: /CERT|SELF_SIGNED/ })
  t.equal((await fetchText(`${pocket.endpoint}/b/big`, cert)).length > 0, true)
  pocket.behave({ fault: { kind: 'cut', afterBytes: 3, how: 'rst' } })
  await t.rejects(fetchText(`${pocket.endpoint}/b/k.txt`, cert))
  t.same(pocket.failures, [])
})
