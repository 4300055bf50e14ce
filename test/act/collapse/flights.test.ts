/** Who shares a flight with whom: one origin request wherever one is enough. */
import t, { type Test } from 'tap'
import { passingBans, type Bans } from '../../../src/act/cache/bans.ts'
import { createFlights, type Flights } from '../../../src/act/collapse/flights.ts'
import type { Order } from '../../../src/act/collapse/order.ts'
import { FLIGHT_WINDOW_CHUNKS } from '../../../src/limits.ts'
import type { Entry } from '../../../src/model/entry.ts'
import type { Landing } from '../../../src/model/landing.ts'
import type { Filling } from '../../../src/model/tier.ts'
import { policy } from '../../decide/nouns.ts'
import { bytesOf, entryOf } from '../../support/entries.ts'
import { chunks } from '../../support/scripted-flight.ts'
import { scriptOrigin, type ScriptedOrigin, type Truth } from '../../support/scripted-origin.ts'

const STORED: Filling = {
  reason: null, chunk: (_i, _b, done) => done(true), keep: (_e, done) => done(true), abandon() {},
}

const NOT_STORED: Filling = {
  ...STORED, reason: 'too-large', chunk: (_i, _b, done) => done(false),
}

type Scene = ScriptedOrigin & {
  readonly flights: Flights
  readonly mended: number[]
  readonly bans: Bans
}

/** Flights to an origin that holds `body`, in front of tiers that take all of it or nothing. */
function open(truth: Partial<Truth> & { body: Buffer }, stores: boolean): Scene {
  const etag = entryOf('x', 1, truth.body).originEtag
  const scripted = scriptOrigin({ etag, ranges: false, tellsLength: true, ...truth })
  const mended: number[] = []
  let bodyId = 1
  const bans = passingBans()
  const flights = createFlights({
    fill: () => stores ? STORED : NOT_STORED,
    mend: (_entry, index) => { mended.push(index) },
    keepHead() {},
    drop() {},
    enlist() {},
    newBodyId: () => bodyId++, sumsOf: () => null, nextChunk: () => null,
    newestBan: () => bans.newest,
    mayBeBanned: bans.mayConcern,
  })
  return { ...scripted, flights, mended, bans }
}

const body = bytesOf(1000)
const stored = entryOf('x', 1, body)

/** An order; whom it asks is the scene's to say. */
type Wish = Omit<Order, 'origin' | 'request'> & { readonly method: 'GET' | 'HEAD' }

function orderOf(changes: Partial<Wish> = {}): Wish {
  const { fetchedFor } = stored
  const plain = {
    tags: [], fetchedFor, pass: false, stored: null, web: null, method: 'GET',
  } as const
  return { key: stored.key, policy: policy(), ...plain, ...changes }
}

function whole({ method, ...wish }: Wish, { origin }: Scene): Order {
  const request = {
    kind: 'object', object: stored.object!, method, fields: [], known: wish.stored, fromByte: 0,
  } as const
  return { ...wish, request, origin }
}

/** Boards, and tells how it went once the head is there. */
function board(scene: Scene, wish: Wish): { landing: Landing | null; joined: boolean | null } {
  const seen: ReturnType<typeof board> = { landing: null, joined: null }
  const order = whole(wish, scene)
  scene.flights.board(order, (landing, joined) => Object.assign(seen, { landing, joined }))
  return seen
}

function resume(scene: Scene, entry: Entry, index: number): { landing: Landing | null } {
  const seen: { landing: Landing | null } = { landing: null }
  const rest = { entry, index, mend: true, origin: scene.origin, policy: policy(), forwarded: null }
  scene.flights.resume(rest, (landing) => { seen.landing = landing })
  return seen
}

t.test('HEAD shares the flight of a GET, but a GET needs its own', (t) => {
  const scene = open({ body }, true)
  const head = board(scene, orderOf({ method: 'HEAD' }))
  const get = board(scene, orderOf())
  const second = board(scene, orderOf({ method: 'HEAD' }))
  t.equal(scene.fetches.length, 2)
  t.same(scene.fetches.map(({ request }) => request.method), ['HEAD', 'GET'])
  scene.fetches[1]!.head()
  t.equal(get.landing?.kind, 'body')
  t.equal(second.landing?.kind, 'body')
  t.same([get.joined, second.joined], [false, true])
  scene.fetches[0]!.head()
  t.equal(head.landing?.kind, 'head')
  scene.fetches[1]!.send(1000)
  t.same(scene.flights.state(), { running: 0, passengers: 0 })
  t.end()
})

t.test('an entry has the tags of who had it fetched, and those of who renewed it', (t) => {
  const scene = open({ body }, true)
  const first = board(scene, orderOf({ tags: ['a', 'b'] }))
  scene.fetches[0]!.head()
  t.match(first.landing, { kind: 'body', entry: { tags: ['a', 'b'] }, stored: true })
  scene.fetches[0]!.send(1000)
  for (const [tags, expected] of [[['c'], ['c']], [null, ['release-3.1']]] as const) {
    const renewed = board(scene, orderOf({ tags, stored }))
    scene.fetches.at(-1)!.head()
    t.match(renewed.landing, { kind: 'unchanged', entry: { tags: expected } })
  }
  t.end()
})

t.test('what has a tag that is too long is delivered and not stored', (t) => {
  const scene = open({ body }, true)
  const seen = board(scene, orderOf({ tags: null }))
  scene.fetches[0]!.head()
  t.match(seen.landing, { kind: 'body', stored: false, reason: 'tag-too-long' })
  t.end()
})

t.test('a flight is not shared with whom a reload leads to another origin', (t) => {
  const before = open({ body }, true)
  const first = board(before, orderOf())
  const after: Scene = { ...before, ...scriptOrigin({
    body, etag: stored.originEtag, ranges: false, tellsLength: true,
  }) }
  const seen = [board(after, orderOf()), board(after, orderOf())]
  t.same([before.fetches.length, after.fetches.length], [1, 1])
  before.flights.refresh(whole(orderOf(), after), { ...stored })
  t.equal(after.fetches.length, 1, 'a refresh finds the new flight')
  before.fetches[0]!.send(1000)
  t.equal(first.landing?.kind, 'body', 'those aboard arrive')
  t.equal(before.flights.state().running, 1, 'and the new flight stays in its place')
  after.fetches[0]!.send(1000)
  t.same(seen.map(({ joined }) => joined), [false, true])
  t.same(before.flights.state(), { running: 0, passengers: 0 })
  t.end()
})

t.test('two HEADs share one request', (t) => {
  const scene = open({ body }, true)
  const heads = [1, 2].map(() => board(scene, orderOf({ method: 'HEAD' })))
  scene.fetches[0]!.head()
  t.same(heads.map(({ joined }) => joined), [false, true])
  t.equal(scene.fetches.length, 1)
  t.equal(scene.flights.state().running, 0)
  t.end()
})

t.test('all who miss the same chunk share one request, before its head is there too', (t) => {
  const long = bytesOf(chunks(4))
  const entry = entryOf('x', 1, long)
  const scene = open({ body: long, ranges: true }, false)
  const seen = [resume(scene, entry, 1), resume(scene, entry, 1), resume(scene, entry, 3)]
  t.equal(scene.fetches.length, 1)
  t.equal(scene.fetches[0]!.request.fromByte, chunks(1))
  scene.fetches[0]!.head()
  t.ok(seen.every(({ landing }) => landing?.kind === 'body'))
  seen.push(resume(scene, entry, 2))
  t.equal(scene.fetches.length, 1)
  t.ok(seen[3]!.landing, 'at once, when the head is there')
  resume(scene, entry, 0)
  t.equal(scene.fetches.length, 2, 'what lies before it needs another')
  t.end()
})

t.test('the rest of another version is refused', (t) => {
  const entry = { ...stored, originEtag: 'other' }
  const scene = open({ body }, false)
  const seen = resume(scene, entry, 0)
  scene.fetches[0]!.head()
  t.match(seen.landing, { kind: 'failed', error: { code: 'origin-changed' } })
  t.ok(scene.fetches[0]!.over, 'and not fetched')
  t.equal(scene.flights.state().running, 0)
  t.end()
})

t.test('a refetch that is not shared by anybody in time is not fetched to its end', (t) => {
  const scene = open({ body }, false)
  resume(scene, stored, 0)
  scene.fetches[0]!.send(10)
  t.ok(scene.fetches[0]!.over)
  t.equal(scene.flights.state().running, 0)
  t.end()
})

/** Lets a flight that is not stored run until its first chunks are gone. */
function runOn(scene: Scene): void {
  const first = board(scene, orderOf())
  const [fetch] = scene.fetches
  fetch!.head()
  if (first.landing?.kind !== 'body') throw new Error('no body')
  const passenger = first.landing.body.board(0)
  for (let i = 1; i <= FLIGHT_WINDOW_CHUNKS + 4; i += 1) {
    fetch!.send(chunks(1))
    passenger.position = chunks(i)
    first.landing.body.read(passenger, () => {})
  }
}

for (const [etag, requests] of [['"v1"', 1], [null, 2]] as const) {
  t.test(`boarding late, with etag ${etag}, costs ${requests - 1} more`, (t) => {
    const scene = open({ body: bytesOf(chunks(FLIGHT_WINDOW_CHUNKS + 8)), etag }, false)
    runOn(scene)
    const late = board(scene, orderOf())
    t.equal(scene.fetches.length, requests)
    const head = board(scene, orderOf({ method: 'HEAD' }))
    scene.fetches.at(-1)!.head()
    t.equal(late.joined, requests === 1)
    t.equal(scene.fetches.length, requests, 'HEAD needs no bytes')
    t.equal(head.joined, true)
    t.end()
  })
}

t.test('a refresh is not tried again at once, however it ends', (t: Test) => {
  const scene = open({ body, etag: '"v2"' }, false)
  const stale = { ...stored, retryAt: 0 }
  const order = whole(orderOf({ stored: stale }), scene)
  scene.flights.refresh(order, stale)
  scene.flights.refresh(order, stale)
  t.equal(scene.fetches.length, 1)
  scene.fetches[0]!.send(10)
  t.ok(scene.fetches[0]!.over, 'nobody is aboard a body that cannot be stored')
  scene.flights.refresh(order, stale)
  t.equal(scene.fetches.length, 1)
  t.end()
})

t.test('what was fetched again is put back, chunk by chunk', (t) => {
  const long = bytesOf(chunks(3) + 5)
  const scene = open({ body: long }, false)
  const seen = resume(scene, entryOf('x', 1, long), 1)
  scene.fetches[0]!.head()
  if (seen.landing?.kind === 'body') seen.landing.body.board(chunks(1))
  scene.fetches[0]!.send(long.length)
  t.same(scene.mended, [1, 2, 3])
  t.end()
})

t.test('a flight is not shared with who asks after a ban that may concern it', (t) => {
  for (const [what, about, joins] of [
    ['its tag', { kind: 'tag', tag: 'release-3.1' }, false],
    ['its key', { kind: 'key', key: stored.key }, false],
    ['what is not known of it yet', { kind: 'expression', text: 'status = 404' }, false],
    ['another tag', { kind: 'tag', tag: 'release-3.2' }, true],
    ['another route', { kind: 'expression', text: 'route = x and status = 200' }, true],
  ] as const) {
    const scene = open({ body }, true)
    const wish = orderOf({ tags: ['release-3.1'] })
    const first = board(scene, wish)
    void scene.bans.add(about, false)
    const after = [board(scene, wish), board(scene, wish)]
    t.equal(scene.fetches.length, joins ? 1 : 2, what)
    for (const fetch of scene.fetches) fetch.send(1000)
    t.equal(first.landing?.kind, 'body', 'those aboard arrive')
    t.same(after.map(({ joined }) => joined), [joins, true], what)
    t.same(scene.flights.state(), { running: 0, passengers: 0 })
  }
  t.end()
})

t.test('once its head is there, a flight that no ban concerns is shared again', (t) => {
  const scene = open({ body }, true)
  board(scene, orderOf())
  void scene.bans.add({ kind: 'expression', text: 'status = 404' }, false)
  scene.fetches[0]!.head()
  t.equal(board(scene, orderOf()).joined, true)
  t.equal(scene.fetches.length, 1)
  t.end()
})

t.test('what a flight brings knows of the bans before it, and of none after', (t) => {
  const scene = open({ body }, true)
  void scene.bans.add({ kind: 'all' }, false)
  const { newest } = scene.bans
  const fresh = board(scene, orderOf())
  const renewed = board(scene, orderOf({ key: 'other', stored }))
  void scene.bans.add({ kind: 'tag', tag: 'none' }, false)
  for (const fetch of scene.fetches) fetch.head()
  t.match(fresh.landing, { entry: { bansSeen: newest } })
  t.match(renewed.landing, { kind: 'unchanged', entry: { bansSeen: newest, spent: false } })
  t.end()
})
