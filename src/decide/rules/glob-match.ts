import type { Form, Glob, Part } from '../../model/glob.ts'

/** What a match without captures gives; shared, so that it costs nothing. */
export const NO_CAPTURES: readonly string[] = Object.freeze([])

/** What the one capture of a glob is that fits without the `/` before it. */
const NOTHING_LEFT: readonly string[] = Object.freeze([''])

/** No place is left for what must still be taken. */
const NOWHERE = -2

/**
 * The captures' values when the path (decoded, beginning with `/`) fits the glob as a whole; null
 * when it does not. Allocates nothing but the values.
 *
 * What is hard about it: no path may make it slow. Both levels, segments in a path and literals in
 * a segment, go from the right to the left and put each run as far right as it fits. A run placed
 * further left could never help what is left of it, so only the last deep wildcard met is ever
 * given one segment more. The cost stays within (parts of the glob) × (length of the path), and
 * what stands further left takes as much as it can.
 */
export function matchGlob(glob: Glob, path: string): readonly string[] | null {
  const { lead } = glob
  const known = path.startsWith(lead) ||
    (glob.bare && path.length === lead.length - 1 && lead.startsWith(path))
  return known ? matchBehindLead(glob, path) : null
}

/** The same for a path that is known to begin with the lead, or to be a bare one: see tables.ts. */
export function matchBehindLead(glob: Glob, path: string): readonly string[] | null {
  const { lead, parts } = glob
  if (parts.length === 0) return path.length === lead.length ? NO_CAPTURES : null
  if (path.length < lead.length) return glob.captures.length === 0 ? NO_CAPTURES : NOTHING_LEFT
  return fits(glob, path) ? captured(glob, path) : null
}

/** Walks the segments behind the lead; `end` is where the text still to be matched ends. */
function fits(glob: Glob, path: string): boolean {
  const { parts, spans } = glob
  const start = glob.lead.length
  let index = parts.length - 1
  let end = path.length
  // The last deep part met, where its segments end, and the `/` before the first it has so far.
  let deep = -1
  let right = 0
  let edge = 0
  while (index >= 0 || end >= start) {
    const part = index < 0 ? null : parts[index]!
    if (part !== null && part.deep) {
      if (index === 0) return takeAll(spans, part, { start, end })
      deep = index
      right = end
      edge = fewest(path, part, { start, end })
    } else {
      const left = slashBefore(path, end)
      const segment = { from: left + 1, to: end, spans }
      if (part !== null && end >= start && segmentFits(part, path, segment)) {
        end = left
        index--
        continue
      }
      if (deep < 0) return false
      edge = edge < start ? NOWHERE : slashBefore(path, edge)
    }
    if (edge === NOWHERE) return false
    note(spans, parts[deep]!.slot, edge + 1, right)
    end = edge
    index = deep - 1
  }
  return true
}

/** A loop, because `lastIndexOf` leaves the compiled code and costs 50 ns a call. */
function slashBefore(path: string, end: number): number {
  let at = end - 1
  while (at >= 0 && path.charCodeAt(at) !== 47) at--
  return at
}

/** The deep part at the very left takes what there is, if that is enough. */
function takeAll(
  spans: Int32Array, { slot, least }: Part, text: { start: number; end: number },
): boolean {
  if (least > 0 && text.end <= text.start) return false
  note(spans, slot, text.start, text.end)
  return true
}

/**
 * The `/` before the fewest segments a deep part may take: none for `**`, one for a named one. The
 * empty segment behind a final `/` alone is no value unless nothing is one, so then it is one more.
 */
function fewest(
  path: string, { slot, least }: Part, text: { start: number; end: number },
): number {
  if (slot < 0) return text.end
  if (text.end < text.start) return NOWHERE
  const edge = slashBefore(path, text.end)
  if (edge < text.end - least) return edge
  return edge < text.start ? NOWHERE : slashBefore(path, edge)
}

/** Whether one segment alone fits a part of the glob that is not deep; for reports. */
export function partFits({ spans }: Glob, part: Part, text: string): boolean {
  return segmentFits(part, text, { from: 0, to: text.length, spans })
}

/** A piece of the path, from an index up to another; and where to note captures in it. */
type Stretch = { readonly from: number; readonly to: number; readonly spans: Int32Array }

/** Whether a segment has one of the part's forms; the first that fits wins. */
function segmentFits(part: Part, path: string, segment: Stretch): boolean {
  const { forms } = part
  for (let i = 0; i < forms.length; i++) {
    const form = forms[i]!
    if (formFits(form, path, segment)) {
      const { picks } = form
      for (let k = 0; k < picks.length; k += 2) note(segment.spans, picks[k]!, ~picks[k + 1]!, 0)
      return true
    }
  }
  return false
}

function formFits(form: Form, path: string, segment: Stretch): boolean {
  const { literals, slots, leasts } = form
  const { from, spans } = segment
  const wilds = slots.length
  const tail = literals[wilds]!
  let end = segment.to - tail.length
  // The tail first: it is what differs among routes with a common beginning.
  if (end < from || (tail !== '' && !path.startsWith(tail, end))) return false
  if (wilds === 0) return end === from
  const head = literals[0]!
  const begin = from + head.length
  if (end < begin || (head !== '' && !path.startsWith(head, from))) return false
  for (let i = wilds - 1; i > 0; i--) {
    const literal = literals[i]!
    const at = path.lastIndexOf(literal, end - leasts[i]! - literal.length)
    if (at < begin) return false
    note(spans, slots[i]!, at + literal.length, end)
    end = at
  }
  if (end - begin < leasts[0]!) return false
  note(spans, slots[0]!, begin, end)
  return true
}

function note(spans: Int32Array, slot: number, start: number, end: number): void {
  if (slot < 0) return
  spans[2 * slot] = start
  spans[2 * slot + 1] = end
}

function captured(glob: Glob, path: string): readonly string[] {
  const { captures, lists, spans } = glob
  if (captures.length === 0) return NO_CAPTURES
  // A copy has the right size at once; growing by `push` takes room for seventeen.
  const values = captures.slice()
  for (let slot = 0; slot < values.length; slot++) {
    const start = spans[2 * slot]!
    values[slot] = start < 0 ? lists[slot]![~start]! : path.slice(start, spans[2 * slot + 1])
  }
  return values
}
