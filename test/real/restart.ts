/** The story of a restart: what was stored is there, and the store need not be asked. */
import type { Test } from 'tap'
import { PUBLIC, type Scene } from './scene.ts'

/** After SIGTERM and a new start, everything is a hit from disk. */
export async function restart(t: Test, scene: Scene): Promise<void> {
  t.equal(await scene.restart(), 0, 'SIGTERM ends it with exit code 0')
  const before = scene.storeRequests()
  for (const [key, bytes] of Object.entries(PUBLIC)) {
    if (!key.startsWith('3.1/')) continue
    const first = await scene.get(`/downloads/eucalyptus/${key}`)
    t.match(first, { exit: 0, status: 200, bytes, sha256: scene.digests.get(key)! }, key)
    t.match(first.fields['cache-status'], /; hit; .*detail=hit-disk/, `${key} is on disk`)
  }
  const small = await scene.get('/downloads/eucalyptus/3.1/eucalyptus-3.1.0.tgz')
  t.match(small.fields['cache-status'], /detail=hit-memory/, 'a hit on disk is promoted')
  t.equal(scene.storeRequests(), before, 'the store was not asked')
  t.equal(await scene.server.metric('haulout_origin_requests_total'), 0, 'haulout says so too')
  t.ok(await scene.server.metric('haulout_requests_total', { outcome: 'hit-disk' }) >= 4)
}
