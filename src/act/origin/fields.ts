/** Fields of the connection, not of the response (RFC 9110 §7.6.1); never stored or passed on. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection',
  'te', 'trailer', 'transfer-encoding', 'upgrade',
])

/** The values of every field of this name (lower case), in their order, untrimmed. */
export function valuesOf(fields: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]!.length === name.length && fields[i]!.toLowerCase() === name) {
      values.push(fields[i + 1]!)
    }
  }
  return values
}

/** The value of the first field of this name (lower case), or null. */
export function valueOf(fields: readonly string[], name: string): string | null {
  return valuesOf(fields, name)[0] ?? null
}

/** What may be stored and passed on: all but hop-by-hop fields and those that Connection names. */
export function endToEnd(fields: readonly string[]): string[] {
  const options = valuesOf(fields, 'connection').join(',').toLowerCase().split(',')
  const named = new Set(options.map((option) => option.trim()))
  const kept: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!.toLowerCase()
    if (!HOP_BY_HOP.has(name) && !named.has(name)) kept.push(fields[i]!, fields[i + 1]!)
  }
  return kept
}
