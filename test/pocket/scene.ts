/** A pocket Walrus with a few objects, for one era or for all of them in turn. */
import type { Test } from 'tap'
import { ERAS } from '../../src/pocket/eras.ts'
import type { EraName } from '../../src/pocket/eras.ts'
import { startPocket } from '../../src/pocket/pocket.ts'
import type { Pocket, PocketOptions } from '../../src/pocket/pocket.ts'

export const NAMES = Object.keys(ERAS) as EraName[]
/** Of `hello world`. */
export const MD5 = '5eb63bbbe01eeed093cb22bb8f5acdc3'
export const MODIFIED = 'Wed, 27 Jun 2012 00:00:00 GMT'

/** A pocket of that era with bucket `b`, its clock at the first of July 2012. */
export async function pocketOf(
  t: Test, era: EraName, options: Partial<PocketOptions> = {},
): Promise<Pocket> {
  const pocket = await startPocket({ era, now: () => Date.UTC(2012, 6, 1), ...options })
  t.teardown(() => pocket.close())
  const lastModifiedAt = Date.parse(MODIFIED)
  await pocket.put('b', 'k.txt', 'hello world', { lastModifiedAt })
  await pocket.put('b', 'a b', 'space')
  await pocket.put('b', 'a+b', 'plus')
  await pocket.put('b', 'a/b', 'nested')
  await pocket.put('b', 'a//b', 'doubled')
  await pocket.put('b', 'a#b', 'hash')
  await pocket.put('b', 'private', 'secret', { private: true })
  return pocket
}

/** The era's own service path. */
export function base(era: EraName): string {
  return ERAS[era].basePaths[0]!
}
