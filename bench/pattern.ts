/**
 * What the bench's objects are made of, so that every byte that arrives can be checked without
 * keeping a copy. What is hard about it: a checker must be far cheaper than a proxy. The bytes are
 * one pseudo-random block over and over; its length shares no factor with any chunk size, so a
 * chunk that comes twice, too early or not at all never matches.
 */
const PERIOD = 1_000_003

/** Two periods, so that a whole one can be compared or sent from any place in the first. */
const BLOCK = makeBlock()

function makeBlock(): Buffer {
  const block = Buffer.allocUnsafeSlow(2 * PERIOD)
  let state = 0x9e3779b9
  for (let i = 0; i < PERIOD; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    block[i] = state & 0xff
  }
  block.copyWithin(PERIOD, 0, PERIOD)
  return block
}

/** The object's bytes from `offset` on: `bytes` of them, or fewer; at most one period. */
export function patternAt(offset: number, bytes: number): Buffer {
  const start = offset % PERIOD
  return BLOCK.subarray(start, start + Math.min(bytes, PERIOD))
}

/** Whether these are the object's bytes at `offset`. */
export function matchesPattern(offset: number, bytes: Buffer): boolean {
  for (let done = 0; done < bytes.length;) {
    const expected = patternAt(offset + done, bytes.length - done)
    const part = bytes.subarray(done, done + expected.length)
    if (expected.compare(part) !== 0) return false
    done += expected.length
  }
  return true
}
