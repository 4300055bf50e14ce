/** kill -9 in the middle of storing: whatever comes back from the disk is right or not there. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startPocket } from '../../src/pocket/pocket.ts'
import { start, type Running } from '../run/cli/process.ts'
import { ask } from '../support/client.ts'
import { bytesOf } from '../support/entries.ts'

const ROUNDS = 10
const OBJECTS = 6
const LISTENS = /listens on http:\/\/127\.0\.0\.1:(\d+)/

t.test('ten kills while the tiers fill, and never a wrong byte', async (t) => {
  const pocket = await startPocket({ era: 'walrus3' })
  t.teardown(() => pocket.close())
  const folder = t.testdir()
  const config = join(folder, 'haulout.yaml')
  writeFileSync(config, `haulout: 1
listen: { http: "127.0.0.1:0" }
storage: { memory: { size: 1MiB }, disk: { path: "${folder}/disk", size: 64MiB, reserve: 0B } }
origins: { walrus: { dialect: walrus, endpoints: ["${pocket.endpoint}"] } }
buckets: { files: { origin: walrus } }
routes: [{ name: all, match: { path: "/{key**}" }, to: "files/{key}" }]
log: { access: { format: off } }
`)
  const bodies = new Map<string, Buffer>()

  async function serve(): Promise<{ running: Running; port: number }> {
    const running = start(t, ['serve', '--config', config])
    const [, port] = await running.said('err', LISTENS)
    return { running, port: Number(port) }
  }

  /** Asks for everything there ever was; returns how much of it needed the store. */
  async function verify(port: number): Promise<number> {
    const before = pocket.requests.length
    for (const [key, body] of bodies) {
      const got = await ask({ host: '127.0.0.1', port }, { path: `/${key}` })
      const right = got.status === 200 && got.complete && got.body.equals(body)
      if (!right) t.fail(`${key}: ${got.status}, ${got.body.length} of ${body.length} bytes`)
    }
    return pocket.requests.length - before
  }

  let refetched = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const { running, port } = await serve()
    refetched += await verify(port)
    let left = 0
    const asked = Array.from({ length: OBJECTS }, async (_, i) => {
      const key = `${round}/${i}`
      const body = bytesOf(100_000 + i * 200_003)
      left += body.length
      bodies.set(key, body)
      await pocket.put('files', key, body)
      // Each round dies at another point of the way: 5 %, 15 %, … of all its bytes.
      const onBytes = (piece: Buffer): void => {
        left -= piece.length
        if (left < total * (1 - (round + 0.5) / ROUNDS)) running.child.kill('SIGKILL')
      }
      await ask({ host: '127.0.0.1', port }, { path: `/${key}`, onBytes }).catch(() => {})
    })
    const total = left
    await Promise.all(asked)
    running.child.kill('SIGKILL')
    await running.ended
  }
  const { running, port } = await serve()
  refetched += await verify(port)
  t.comment(`${refetched} of ${ROUNDS * OBJECTS} had to be fetched again`)
  t.equal(await verify(port), 0, 'in the end all of it is stored')
  t.ok(refetched < ROUNDS * OBJECTS, `${refetched} of ${ROUNDS * OBJECTS} were lost by kills`)
  t.same(pocket.failures, [])
  running.child.kill('SIGTERM')
  t.equal((await running.ended).code, 0)
})
