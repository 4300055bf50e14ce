/**
 * kill -9 within ten milliseconds after a purge was acknowledged: what was purged never comes back.
 * `SOAK=10` makes it two hundred kills, `SEED` repeats a run.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startPocket } from '../../src/pocket/pocket.ts'
import { start, type Running } from '../run/cli/process.ts'
import { ask, type Answered } from '../support/client.ts'
import { randomOf, seedOf, soakOf } from '../support/random.ts'

const KILLS = 20 * soakOf()
const LISTENS = /listens on http:\/\/127\.0\.0\.1:(\d+)/

function get(port: number, key: string, method = 'GET'): Promise<Answered> {
  return ask({ host: '127.0.0.1', port }, { path: `/${key}`, method })
}

/** What a key has before its purge, or after. */
function bytesOf(key: string, version: 'old' | 'new'): Buffer {
  return Buffer.alloc(key.endsWith('large') ? 600_000 : 600, `${version} ${key} `)
}

t.test(`${KILLS} kills right after a purge, and nothing comes back`, async (t) => {
  const seed = seedOf()
  t.comment(`SEED=${seed}`)
  const random = randomOf(seed)
  const pocket = await startPocket({ era: 'walrus3' })
  t.teardown(() => pocket.close())
  const folder = t.testdir()
  const config = join(folder, 'haulout.yaml')
  writeFileSync(config, `haulout: 1
listen: { http: "127.0.0.1:0" }
storage: { memory: { size: 16MiB }, disk: { path: "${folder}/disk", size: 1GiB, reserve: 0B } }
origins: { walrus: { dialect: walrus, endpoints: ["${pocket.endpoint}"] } }
buckets: { files: { origin: walrus, cache: { ttl: 30d } } }
acls: { here: ["127.0.0.0/8"] }
purge: { access: { client: here } }
routes: [{ name: all, match: { path: "/{key**}" }, to: "files/{key}" }]
log: { access: { format: off } }
`)
  const old = { asked: 0, kept: 0 }

  async function serve(): Promise<{ running: Running; port: number }> {
    const running = start(t, ['serve', '--config', config])
    const [, port] = await running.said('err', LISTENS)
    return { running, port: Number(port) }
  }

  await pocket.put('files', 'control', 'control', { etag: 'md5' })
  let cameBack = 0
  let { running, port } = await serve()
  for (let round = 0; round < KILLS; round += 1) {
    const keys = [`${round}/small`, `${round}/large`]
    for (const key of keys) await pocket.put('files', key, bytesOf(key, 'old'), { etag: 'md5' })
    await get(port, 'control')
    for (const key of keys) await get(port, key)
    for (const key of keys) await pocket.put('files', key, bytesOf(key, 'new'), { etag: 'md5' })
    // Both are asked for at once, so that the kill may come between two writes, too.
    const answers = await Promise.all(keys.map((key) => get(port, key, 'PURGE')))
    const waitMs = random() * 10
    const untilMs = performance.now() + waitMs
    while (performance.now() < untilMs);
    running.child.kill('SIGKILL')
    t.same(answers.map(({ status }) => status), [200, 200])
    await running.ended
    ;({ running, port } = await serve())
    for (const key of keys) {
      const { body } = await get(port, key)
      if (body.equals(bytesOf(key, 'new'))) continue
      cameBack += 1
      t.fail(`${key} came back ${waitMs.toFixed(1)} ms after its purge`)
    }
    old.asked += 1
    const { headers } = await get(port, 'control')
    if (/detail=hit/.test(String(headers['cache-status']))) old.kept += 1
  }
  running.child.kill('SIGTERM')
  await running.ended
  t.comment(`${KILLS} kills; what was not purged was there ${old.kept} of ${old.asked} times`)
  t.equal(cameBack, 0)
  t.ok(old.kept > old.asked / 2, 'the disk does keep what is not purged')
  t.same(pocket.failures, [])
})
