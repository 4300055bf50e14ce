/**
 * The values of a parameter in a raw query, in their order; `''` for one without `=`. Names and
 * values are read as forms write them and browsers read them (the URL Standard,
 * application/x-www-form-urlencoded): cut at `&` and at the first `=`, `+` is a space, percent
 * escapes are decoded once, and what is no escape stands for itself.
 *
 * Parameters that need no decoding are compared where they stand: most queries are not ours.
 */
export function queryValues(query: string, name: string): string[] {
  const values: string[] = []
  for (let from = 0; from < query.length;) {
    const mark = query.indexOf('&', from)
    const end = mark < 0 ? query.length : mark
    const equals = query.indexOf('=', from)
    const cut = equals < 0 || equals > end ? end : equals
    if (end > from && decoded(query.slice(from, cut)) === name) {
      values.push(decoded(query.slice(cut + 1, Math.max(cut + 1, end))))
    }
    from = end + 1
  }
  return values
}

function decoded(text: string): string {
  return /[%+]/.test(text) ? new URLSearchParams(`v=${text}`).get('v')! : text
}
