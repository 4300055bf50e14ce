/**
 * A trace as text: a row for each step of the line, in columns that line up. It is meant to be read
 * from the top down and aloud; everything it says stands in the trace, and nothing is worked out
 * here but what is left of durations.
 */
import { basename } from 'node:path'
import { CHUNK_BYTES } from '../../limits.ts'
import type {
  AnswerTrace, FlightTrace, LookupTrace, PolicyTrace, StoredTrace, Trace, TracePlace,
} from '../../model/trace.ts'

/** The widths of the first two columns, and where places begin unless a row is longer. */
const STEP = 9
const WORD = 10
const ROUTE = 22
const WIDTH = 90

/** The whole trace, with a line end behind its last line. */
export function traceText(trace: Trace): string {
  return [
    ...received(trace), ...routed(trace), ...accessed(trace), ...found(trace),
    ...row('would', [wouldText(trace)]),
  ].join('\n').concat('\n')
}

/** A row: the step, then lines; further ones stand below the first. */
function row(step: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `${(i === 0 ? step : '').padEnd(STEP)}${line}`.trimEnd())
}

function received({ recv }: Trace): string[] {
  const { method, url, host, path, query, client, client_from: from, peer } = recv
  // Refused before it was normalised: then it is shown as it came.
  const target = path === '' ? url : `${host} ${path}${query === '' ? '' : ` ?${query}`}`
  const by = from === 'peer' ? '' : `, says ${peer} in X-Forwarded-For`
  return row('recv', [`${method} ${target.trimStart()}`, `from ${client}${by}`])
}

function routed({ route, near }: Trace): string[] {
  const misses = near.map(({ name, misses: said }) => {
    return `(not ${name}: ${said.map(({ why }) => why).join('; ')})`
  })
  if (route === null) return row('route', ['none: refused before any route is looked at'])
  const captures = Object.entries(route.captures).map(([name, value]) => `${name}=${value}`)
  const said = route.name === 'default' ? 'no route matches' : captures.join(' ')
  const first = `${route.name.padEnd(ROUTE)} ${said}`
  return row('route', [placed(first, route.place), ...misses])
}

/** The line, with the place where it is written in a column of its own. */
function placed(line: string, place: TracePlace): string {
  if (place === null) return line
  return `${line.padEnd(WIDTH - STEP)}  ${inText(place)}`
}

function inText({ file, line }: NonNullable<TracePlace>): string {
  return `${basename(file)}:${line}`
}

function accessed({ access }: Trace): string[] {
  const { answer, why, place } = access
  if (answer === 'not-asked') return []
  const [first = '', ...rest] = why
  const indent = ' '.repeat(ROUTE + 1)
  return row('access', [
    placed(`${answer.padEnd(ROUTE)} ${first}`, place), ...rest.map((fact) => `${indent}${fact}`),
  ])
}

function found(trace: Trace): string[] {
  const { object, onward, policy, tags, lookup, origin } = trace
  if (object === null && onward === null) {
    return stepRows(policy.filter(({ key }) => key.startsWith('recv[')))
  }
  return [
    ...object === null ? [] : row('object', [object.name]),
    ...onward === null ? [] : row('onward', [
      `${onward.origin}, for ${onward.uri}`, `key ${onward.key}`,
    ]),
    ...row('policy', policyLines(policy, 'cache.')),
    ...row('deliver', policyLines(policy, 'deliver.')),
    ...row('tags', tags.length === 0 ? [] : [tags.join(', ')]),
    ...row('also', policyLines(policy, null)),
    ...stepRows(policy),
    ...row('lookup', [lookup === null ? 'none: nothing is looked up' : lookupText(lookup, trace)]),
    ...origin === null || !wouldAsk(trace) ? [] : row('fetch', [
      `${origin.method} ${origin.url}`,
      ...pairs(origin.fields).map(([name, value]) => `${name}: ${value}`),
    ]),
  ]
}

/** The steps of the rules, each with whether it does anything for this request. */
function stepRows(policy: readonly PolicyTrace[]): string[] {
  return row('steps', policy.filter(({ key }) => STEP_KEY.test(key)).map((one) => {
    const { key, value, applies } = one
    const word = applies === null ? 'may apply' : applies ? 'applies' : 'does not'
    return placed(`${key.padEnd(WORD)} ${word.padEnd(WORD)} ${value}`, one.place)
  }))
}

/** As `check --effective` calls steps: `store[0]`. */
const STEP_KEY = /^\w+\[\d+\]$/

function pairs(fields: readonly string[]): Array<readonly [string, string]> {
  return fields.flatMap((name, i) => i % 2 === 0 ? [[name, fields[i + 1]!] as const] : [])
}

/** The fields of a kind, each with its place; null for those that are of neither kind. */
function policyLines(policy: readonly PolicyTrace[], kind: 'cache.' | 'deliver.' | null): string[] {
  const wanted = policy.filter(({ key }) => {
    if (STEP_KEY.test(key)) return false
    return kind === null ? !/^(?:cache|deliver)\./.test(key) : key.startsWith(kind)
  })
  let before: PolicyTrace | null = null
  const words = wanted.map((one) => {
    const text = `${fieldText(one, kind)}${sourceOf(one, before)}`
    before = one
    return text
  })
  return wrapped(words)
}

/** `ttl 30d`, `set content-type: application/gzip`, `unset server`. */
function fieldText({ key, value }: PolicyTrace, kind: 'cache.' | 'deliver.' | null): string {
  const [, step, name] = /^deliver\.(set|unset)\.(.*)$/.exec(key) ?? []
  if (name !== undefined) return step === 'set' ? `set ${name}: ${value}` : `unset ${name}`
  return `${kind === null ? key : key.slice(kind.length)} ${value}`
}

/** `(policies.immutable:24)`; `(:24)` behind another of the same; nothing where no file is. */
function sourceOf({ from, place }: PolicyTrace, before: PolicyTrace | null): string {
  if (place === null) return from === before?.from ? '' : ` (${from})`
  const same = from === before?.from && place.file === before.place?.file
  const file = place.file === 'builtin.yaml' ? 'builtin ' : ''
  return ` (${same ? '' : `${file}${from}`}:${place.line})`
}

function wrapped(words: readonly string[]): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length + 1 > WIDTH + 10) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

function lookupText({ verdict, stored, flight }: LookupTrace, trace: Trace): string {
  if (verdict === null) return 'not asked: what is cached only a running one knows (--admin URL)'
  const word = trace.answer.refetch_from !== null ? 'partial' : verdict
  const said = [
    ...stored?.ban === 'banned' ? ['what is stored is banned'] : [],
    ...stored?.ban === 'spent' ? ['softly banned, so it is asked about first'] : [],
    ...stored === null ? ['nothing is stored'] : storedFacts(stored, Date.parse(trace.at)),
    ...flight === null ? [] : flightFacts(flight),
  ]
  return `${word.padEnd(WORD)}${said.join(', ')}`
}

function storedFacts(stored: StoredTrace, now: number): string[] {
  const { tier, chunks, etag, status } = stored
  const inTier = tier === 'disk' ? chunks.on_disk : chunks.in_memory
  const elsewhere = tier === 'memory' && chunks.on_disk > chunks.in_memory
    ? `, disk ${chunks.on_disk}/${chunks.all}` : ''
  const where = chunks.all === 0 ? tier : `${tier} ${inTier}/${chunks.all} chunks${elsewhere}`
  return [
    where,
    ...status === 200 ? [] : [`a ${status}`],
    ...etag === null ? [] : [`etag ${etag}`],
    `stored ${spell(now - Date.parse(stored.stored_at))} ago`,
    leftOf(stored, now),
  ]
}

/** For how long it is what it is. */
function leftOf({ fresh_until, grace_until, keep_until }: StoredTrace, now: number): string {
  const [fresh, grace, keep] = [fresh_until, grace_until, keep_until]
    .map((until) => Date.parse(until) - now) as [number, number, number]
  if (fresh > 0) return `fresh for ${spell(fresh)}`
  if (grace > 0) return `in grace for ${spell(grace)}`
  if (keep > 0) return `kept for ${spell(keep)}`
  return 'kept no longer'
}

function flightFacts(flight: FlightTrace): string[] {
  const { clients, arrived_bytes: bytes, length_bytes: length } = flight
  const all = length === null ? '' : `/${Math.ceil(length / CHUNK_BYTES)}`
  const arrived = bytes === 0 ? '' : ` (${Math.floor(bytes / CHUNK_BYTES)}${all} chunks)`
  const aboard = clients === 1 ? '1 client aboard' : `${clients} clients aboard`
  return [`one flight running${arrived}`, aboard]
}

const UNITS = [
  ['d', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1000], ['ms', 1],
] as const

/** `2 h`: one unit is what people look at. */
function spell(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? ['ms', 1]
  return `${Math.floor(ms / size)} ${unit}`
}

/** Whether the origin would hear of it, now or behind the answer. */
function wouldAsk({ answer }: Trace): boolean {
  return answer.hangs_on !== null || answer.refresh || answer.refetch_from !== null
}

function wouldText({ answer, lookup }: Trace): string {
  const { status, outcome, reason, location } = answer
  if (answer.hangs_on !== null) return hangingText(answer)
  const name = reason === null ? outcome : `${outcome}, ${reason}`
  const to = location === null ? '' : ` to ${location}`
  if (lookup === null || status === null) return `answer ${status}${to} (${name})`
  const from = lookup.stored === null ? 'from chunk 0' : `from ${lookup.stored.tier}`
  return `answer ${status} now ${from} (${name})${behindText(answer, lookup)}`
}

/** What goes on while the client already has its answer. */
function behindText(
  { refetch_from: chunk, refresh, outcome }: AnswerTrace, { flight }: LookupTrace,
): string {
  if (chunk !== null) return `; the origin is asked for the rest, from chunk ${chunk} on`
  if (refresh) return '; the origin is asked behind it whether this still stands'
  if (outcome !== 'stale') return flight === null ? '' : '; origin GET continues'
  return flight === null ? '; not refreshed, since that has just failed' : '; a refresh is running'
}

function hangingText({ hangs_on: what, status, outcome, otherwise }: AnswerTrace): string {
  switch (what) {
    case 'password':
      return 'check the password, which this does not; --user NAME stands for a right one'
    case 'cache': return 'answer from the cache, if it is there, or ask the origin'
    default:
      if (otherwise !== null) {
        return `ask the origin first: if it is unchanged, answer ${status} (${outcome}), ` +
          `else what it says (${otherwise})`
      }
      return outcome === 'joined' ? 'wait for the flight and answer what it brings (joined)'
        : `ask the origin and answer what it says (${outcome})`
  }
}
