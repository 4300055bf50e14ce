/**
 * Entity tags (RFC 9110 §8.8.3): opaque strings in quotes, `W/` in front of weak ones. What is hard
 * is that old stores write and recognise them without quotes, so there are two forms of each: the
 * origin's own, and the proper one, which is all that clients ever see.
 */

/**
 * One member of a list, with its comma or the end: a tag, or the bare form that clients of old
 * stores have learnt, or nothing. Spaces can be taken in one way only, so time stays linear.
 */
const MEMBER = /[ \t]*(?:((?:W\/)?"[!#-~\x80-\xff]*"|[\w.~+/=:-]+)[ \t]*)?(?:,|$)/gy

/**
 * The tags of an If-Match or If-None-Match field, each as `"…"` or `W/"…"`; `*` for the field `*`;
 * null when the field is malformed.
 */
export function parseEtagList(text: string): '*' | string[] | null {
  if (text.trim() === '*') return '*'
  const tags: string[] = []
  let end = 0
  for (const member of text.matchAll(MEMBER)) {
    end = member.index + member[0].length
    if (member[1] === undefined) continue
    const tag = quoteEtag(member[1])
    if (tag === null) return null
    tags.push(tag)
  }
  return end === text.length ? tags : null
}

/** Both strong, and the same: byte for byte the same representation (RFC 9110 §8.8.3.2). */
export function strongMatch(one: string, other: string): boolean {
  return one === other && !one.startsWith('W/')
}

/** The same but for weakness: good enough to answer 304. */
export function weakMatch(one: string, other: string): boolean {
  return opaque(one) === opaque(other)
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

/**
 * The proper form of what an origin wrote as ETag: quotes added to the bare form, kept otherwise;
 * null for what cannot be made a tag.
 */
export function quoteEtag(raw: string): string | null {
  const text = raw.trim()
  if (/^(?:W\/)?"[!#-~\x80-\xff]*"$/.test(text)) return text
  return /^[\w.~+/=:-]+$/.test(text) && !text.startsWith('W/') ? `"${text}"` : null
}

/**
 * The MD5 of the body, lower-case hex, where an ETag states it: exactly 32 hex digits, bare or in
 * quotes. Multipart uploads have other forms (`<hex>-N`, `uuid-<hex>`), which are no digests.
 */
export function md5OfEtag(raw: string): string | null {
  const found = /^\s*("?)([0-9a-f]{32})\1\s*$/i.exec(raw)
  return found === null ? null : found[2]!.toLowerCase()
}
