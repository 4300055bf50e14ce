/** A disk tier for tests: whatever it complains about fails them. */
import { openDisk, type Disk } from '../../src/act/cache/disk.ts'
import type { OpenRooms } from '../../src/act/cache/rooms.ts'

export type DiskPlace = {
  readonly path: string
  readonly sizeBytes?: number
  readonly reserveBytes?: number
}

/** Opens the tier of 64 MiB, or of what is said. */
export function openSound({ path, ...sizes }: DiskPlace): Promise<Disk> {
  const settings = { sizeBytes: 64 * 1024 * 1024, reserveBytes: 0, ...sizes, path }
  return openDisk(settings, { log: { info() {}, error(_kind, text) { throw new Error(text) } } })
}

/** The same, with what it says kept in `said`, and with rooms of the test's own. */
export async function openTalkative(
  { path, ...sizes }: DiskPlace, open?: OpenRooms,
): Promise<{ disk: Disk; said: string[] }> {
  const said: string[] = []
  const say = (text: string): void => { said.push(text) }
  const settings = { sizeBytes: 64 * 1024 * 1024, reserveBytes: 0, ...sizes, path }
  const disk = await openDisk(settings, {
    log: { info: say, error: (_kind, text) => say(text) }, ...(open && { open }),
  })
  return { disk, said }
}
