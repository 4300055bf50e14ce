/** What a signature covers: a request as it will be on the wire, nothing that may change after. */
export type SignRequest = {
  /** Upper case. */
  readonly method: string
  /** The value of the Host field, with the port where one is sent. */
  readonly host: string
  /**
   * The path exactly as on the wire, encoded (`encodeKey`), any service path included:
   * `/services/Walrus/bucket/a%2Bb.tgz`.
   */
  readonly path: string
  /** The raw query without `?`; empty when there is none. */
  readonly query: string
  /** Other fields to sign: V4 signs each, V2 Content-MD5, Content-Type, Date and x-amz-*. */
  readonly fields?: ReadonlyArray<readonly [name: string, value: string]>
}

/**
 * The values of fields by lower-case name, as both schemes want them: trimmed, inner white space
 * folded to one space, fields of one name joined by a comma in their order.
 */
export function canonicalFields(fields: SignRequest['fields'] = []): Map<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of fields) {
    const key = name.toLowerCase()
    const folded = value.trim().replace(/\s+/g, ' ')
    const before = values.get(key)
    values.set(key, before === undefined ? folded : `${before},${folded}`)
  }
  return values
}

/** By code unit, which for field names and encoded text is also the byte order the schemes want. */
export function byBytes(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
