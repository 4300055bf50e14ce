/**
 * A file system that is full, under a real process: LMDB then rejects promises that are out of
 * anybody's reach, and still no download may fail.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startPocket } from '../../src/pocket/pocket.ts'
import { start } from '../run/cli/process.ts'
import { ask } from '../support/client.ts'
import { bytesOf } from '../support/entries.ts'

const MIB = 1024 * 1024
const LISTENS = /listens on http:\/\/127\.0\.0\.1:(\d+), admin on http:\/\/127\.0\.0\.1:(\d+)\n/

/** The folder of a file system of 16 MiB; null where the system does not let us make one. */
function mountSmall(t: Test): string | null {
  const path = mkdtempSync(join(tmpdir(), 'haulout-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    rmdirSync(path)
    return null
  }
  t.teardown(() => {
    execFileSync('umount', ['-l', path])
    rmdirSync(path)
  })
  return path
}

t.test('a full disk fails no download, and is used again when there is room', async (t) => {
  const disk = mountSmall(t)
  if (disk === null) {
    t.pass('no right to mount a tmpfs', { skip: 'mounting a tmpfs is not allowed here' })
    return
  }
  // So slow that waiting for the tier to have rested keeps nobody busy.
  const pocket = await startPocket({ era: 'walrus3', rateBytesPerSecond: 4 * MIB })
  t.teardown(() => pocket.close())
  const folder = t.testdir()
  const config = join(folder, 'haulout.yaml')
  writeFileSync(config, `haulout: 1
listen: { http: "127.0.0.1:0", admin: "127.0.0.1:0" }
storage: { memory: { size: 1MiB }, disk: { path: "${disk}", size: 1GiB, reserve: 0B } }
origins: { walrus: { dialect: walrus, endpoints: ["${pocket.endpoint}"] } }
buckets: { files: { origin: walrus } }
routes: [{ name: all, match: { path: "/{key**}" }, to: "files/{key}" }]
`)
  const running = start(t, ['serve', '--config', config])
  const [, http, admin] = await running.said('err', LISTENS)
  const address = { host: '127.0.0.1', port: Number(http) }
  // More than the share of memory that one body may have.
  const body = bytesOf(600_000)
  let count = 0
  async function download(): Promise<string> {
    const key = `${count += 1}`
    await pocket.put('files', key, body)
    const got = await ask(address, { path: `/${key}` })
    t.ok(got.status === 200 && got.complete && got.body.equals(body), `download ${count}`)
    return key
  }

  await download()
  // Taken away at once, faster than free space is looked at: writes really fail.
  const junk = join(disk, 'junk')
  t.throws(() => writeFileSync(junk, Buffer.alloc(32 * MIB)), { code: 'ENOSPC' })
  for (let i = 0; i < 10; i += 1) await download()
  await running.said('err', /disk: .*(?:No space|ENOSPC|28|commit)/i)

  rmSync(junk)
  for (;;) {
    // A tier that had trouble rests; what is stored after that is there when the store is not.
    const key = await download()
    const again = await ask(address, { path: `/${key}` })
    if (/detail=hit/.test(String(again.headers['cache-status']))) break
  }
  const alive = await ask({ host: '127.0.0.1', port: Number(admin) }, { path: '/healthz' })
  t.equal(alive.status, 200)
  running.child.kill('SIGTERM')
  t.equal((await running.ended).code, 0)
})
