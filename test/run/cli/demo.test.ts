import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { start } from './process.ts'

const PATH = '/downloads/eucalyptus/3.1/eucalyptus-3.1.0.tgz'

function demoFolders(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('haulout-demo-'))
}

t.test('the demo shows a miss, a hit, a range and the metrics, and leaves nothing', async (t) => {
  const folder = t.testdir()
  const demo = start(t, ['demo', '--port', '0', '--admin-port', '0'], { TMPDIR: folder })
  const [, url] = await demo.said('out', /in front of it, on (http:\S+)\n/)
  const [, admin] = await demo.said('out', /curl -s (http:\S+)\/metrics/)
  await demo.said('out', /Ctrl-C/)
  t.match(await demo.said('out', /curl -sD- -o\/dev\/null (\S+)\n/), { 1: url + PATH })

  const digest = (await (await fetch(`${url}${PATH}.md5`)).text()).split(' ')[0]
  for (const cacheStatus of [/fwd=uri-miss/, /; hit/]) {
    const response = await fetch(url + PATH)
    t.equal(response.status, 200)
    t.match(response.headers.get('cache-status'), cacheStatus)
    const body = Buffer.from(await response.arrayBuffer())
    t.equal(createHash('md5').update(body).digest('hex'), digest)
  }
  const part = await fetch(url + PATH, { headers: { range: 'bytes=1000-1999' } })
  t.equal(part.status, 206)
  t.equal((await part.arrayBuffer()).byteLength, 1000)
  t.equal((await fetch(`${url}/services/Walrus/eng-private/README.txt`)).status, 404)
  t.match(await (await fetch(`${admin}/metrics`)).text(), /^haulout_requests_total\{.*"miss"\}/m)

  t.equal(demoFolders(folder).length, 1)
  demo.child.kill('SIGINT')
  t.equal((await demo.ended).code, 0)
  t.same(demoFolders(folder), [])
})

t.test('a port that is taken is told with the way out', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const folder = t.testdir()
  const words = ['demo', '--port', String(port), '--admin-port', '0']
  const { code, err } = await start(t, words, { TMPDIR: folder }).ended
  t.equal(code, 1)
  t.match(err, `haulout: cannot listen on 127.0.0.1:${port}: another program listens there\n`)
  t.match(err, 'haulout demo --port 8081 --admin-port 9002')
  t.same(demoFolders(folder), [])
})
