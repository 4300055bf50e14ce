/**
 * Disks that are full or read-only, under a real process: LMDB then rejects promises that are out
 * of anybody's reach, and still no download may fail, and the tier comes back by itself.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startPocket, type Pocket } from '../../src/pocket/pocket.ts'
import { start, type Running } from '../run/cli/process.ts'
import { ask } from '../support/client.ts'
import { bytesOf } from '../support/entries.ts'
import { mountSmall, remount } from '../support/small-disk.ts'

const MIB = 1024 * 1024
const LISTENS = /listens on http:\/\/127\.0\.0\.1:(\d+), admin on http:\/\/127\.0\.0\.1:(\d+)\n/

type Scene = {
  readonly running: Running
  readonly pocket: Pocket
  /** Fetches a new object and returns its key; the bytes have been compared. */
  download(): Promise<string>
  again(key: string): Promise<string>
  /** What /status says about the disk; /healthz has said that all is well. */
  disk(): Promise<{ state: string; why: string | null; file_bytes: number }>
}

async function open(t: Test, disk: string, size: string): Promise<Scene> {
  // So slow that waiting for the tier to have rested keeps nobody busy.
  const pocket = await startPocket({ era: 'walrus3', rateBytesPerSecond: 4 * MIB })
  t.teardown(() => pocket.close())
  const config = join(t.testdir(), 'haulout.yaml')
  writeFileSync(config, `haulout: 1
listen: { http: "127.0.0.1:0", admin: "127.0.0.1:0" }
storage: { memory: { size: 1MiB }, disk: { path: "${disk}", ${size} } }
origins: { walrus: { dialect: walrus, endpoints: ["${pocket.endpoint}"] } }
buckets: { files: { origin: walrus } }
routes: [{ name: all, match: { path: "/{key**}" }, to: "files/{key}" }]
`)
  const running = start(t, ['serve', '--config', config])
  const [, http, admin] = await running.said('err', LISTENS)
  const address = { host: '127.0.0.1', port: Number(http) }
  const adminAddress = { host: '127.0.0.1', port: Number(admin) }
  // More than the share of memory that one body may have.
  const body = bytesOf(600_000)
  let count = 0
  return {
    running, pocket,
    async download() {
      const key = `${count += 1}`
      await pocket.put('files', key, body)
      const got = await ask(address, { path: `/${key}` })
      t.ok(got.status === 200 && got.complete && got.body.equals(body), `download ${count}`)
      return key
    },
    again: async (key) => String((await ask(address, { path: `/${key}` })).headers['cache-status']),
    async disk() {
      t.equal((await ask(adminAddress, { path: '/healthz' })).status, 200)
      const { body } = await ask(adminAddress, { path: '/status' })
      return (JSON.parse(body.toString()) as { disk: Awaited<ReturnType<Scene['disk']>> }).disk
    },
  }
}

/** Downloads new objects until one of them is a hit the second time. */
async function untilStored({ download, again }: Scene): Promise<void> {
  for (;;) if (/detail=hit/.test(await again(await download()))) return
}

async function end(t: Test, { running }: Scene): Promise<void> {
  running.child.kill('SIGTERM')
  t.equal((await running.ended).code, 0)
}

t.test('a full disk fails no download, and is used again when there is room', async (t) => {
  const folder = mountSmall(t, 'size=16m')
  if (folder === null) return
  const scene = await open(t, folder, 'size: 1GiB, reserve: 0B')
  await untilStored(scene)
  t.match(await scene.disk(), { state: 'ok', why: null })
  // Taken away at once, faster than free space is looked at: writes really fail.
  const junk = join(folder, 'junk')
  t.throws(() => writeFileSync(junk, Buffer.alloc(32 * MIB)), { code: 'ENOSPC' })
  while ((await scene.disk()).state === 'ok') await scene.download()
  for (let i = 0; i < 5; i += 1) await scene.download()
  await scene.running.said('err', /disk: .*nothing new is stored until it is over/)

  rmSync(junk)
  await untilStored(scene)
  t.match(await scene.disk(), { state: 'ok' })
  await scene.running.said('err', /disk: the tier is in use again/)
  await end(t, scene)
})

t.test('the reserve stays free: the tier takes what is there beyond it', async (t) => {
  const folder = mountSmall(t, 'size=24m')
  if (folder === null) return
  const scene = await open(t, folder, 'size: 1GiB, reserve: 12MiB')
  for (let i = 0; i < 30; i += 1) await scene.download()
  await untilStored(scene)
  const { state, file_bytes } = await scene.disk()
  t.equal(state, 'ok')
  t.ok(file_bytes <= 12.5 * MIB, `${file_bytes} bytes of 24 MiB less 12`)
  await end(t, scene)
})

t.test('a disk that is read-only at the start is used once it can be written to', async (t) => {
  const folder = mountSmall(t, 'size=16m,ro')
  if (folder === null) return
  const scene = await open(t, folder, 'size: 8MiB, reserve: 0B')
  t.match(await scene.disk(), { state: 'degraded', why: /EROFS/ })
  await scene.download()
  remount(folder, 'rw')
  await untilStored(scene)
  t.match(await scene.disk(), { state: 'ok', why: null })
  await end(t, scene)
})

t.test('a disk that is full at the start is used once there is room', async (t) => {
  const folder = mountSmall(t, 'size=16m')
  if (folder === null) return
  const junk = join(folder, 'junk')
  t.throws(() => writeFileSync(junk, Buffer.alloc(32 * MIB)), { code: 'ENOSPC' })
  const scene = await open(t, folder, 'size: 8MiB, reserve: 0B')
  t.match(await scene.disk(), { state: 'degraded' })
  await scene.download()
  rmSync(junk)
  await untilStored(scene)
  t.match(await scene.disk(), { state: 'ok' })
  await end(t, scene)
})
