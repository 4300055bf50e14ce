/** The digits of crypt(3), in the order of their values. */
const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * Bytes of a digest in crypt(3)'s base 64: groups of (up to) three bytes, in an order that each
 * algorithm has for itself, each group with its least significant digit first.
 */
export function crypt64(
  digest: Buffer, groups: ReadonlyArray<readonly [number, number, number] | readonly number[]>,
): string {
  return groups.map((group) => {
    let value = group.reduce((sum, index) => sum * 256 + digest[index]!, 0)
    let text = ''
    for (let digits = group.length + 1; digits > 0; digits--) {
      text += DIGITS[value % 64]!
      value = Math.floor(value / 64)
    }
    return text
  }).join('')
}
