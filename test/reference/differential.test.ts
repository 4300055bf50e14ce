/**
 * The decisions of haulout against a reference model of RFC 9111, over random exchanges. `SEED=…`
 * and `RUNS=…` say which and how many.
 */
import t from 'tap'
import { exchanges, type Exchanges } from './exchanges.ts'
import { createHouse, type House } from './house.ts'
import { Model, type Decision } from './model.ts'
import type { Request, Times, Wishes } from './reading.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const RUNS = Number(process.env['RUNS'] ?? 100_000)
const START = Date.UTC(2026, 0, 31, 12, 0, 0)

const OPERATORS: readonly Wishes[] = [
  { ttl: null, grace: 0, keep: 600 },
  { ttl: null, grace: 20, keep: 0 },
  { ttl: 30, grace: 0, keep: 100_000 },
]

type World = { readonly model: Model; readonly house: House; readonly random: Exchanges }

function worldOf(wishes: Wishes, seed: number): World {
  const { ttl, grace, keep } = wishes
  const respect = {
    ttlMs: ttl === null ? null : ttl * 1000, graceMs: grace * 1000, keepMs: keep * 1000,
    cookies: 'refuse', directives: true,
  } as const
  return { model: new Model(wishes), house: createHouse(respect), random: exchanges(seed) }
}

/** What both do; the first thing that they do not do alike is thrown. */
function agreed<T>(what: string, { one, other, about }: { one: T; other: T; about: unknown }): T {
  const [said, shown] = [JSON.stringify(one), JSON.stringify(other)]
  if (said === shown) return one
  throw new Error(`${what}: the model says ${said}, haulout ${shown}; ${JSON.stringify(about)}`)
}

/** Fields, their names lower case. */
function lines(fields: readonly string[]): string[] {
  return fields.map((one, i) => (i % 2 === 0 ? one.toLowerCase() : one))
}

/** What is stored for a path, in an order that does not depend on how it is kept. */
function stock({ model, house }: World, path: string): readonly [string, string] {
  const theirs = model.stored.filter((one) => one.path === path)
    .map(({ id, fields }) => JSON.stringify([id, lines(fields.flat())])).sort()
  const ours = house.held(path).map(([id, fields]) => JSON.stringify([id, lines(fields)])).sort()
  return [theirs.join('\n'), ours.join('\n')]
}

/** One exchange; counts what came of it, and says when it is over. */
function exchange(
  world: World, { id, now }: { id: number; now: number }, seen: Map<string, number>,
): number {
  const { model, house, random } = world
  const request = random.request()
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
  const decision = agreed<Decision>('the decision', {
    one: model.decide(request, now), other: house.decide(request, now), about: request,
  })
  count(decision.act === 'reuse' && decision.stale ? 'reuse stale' : decision.act)
  if (decision.act === 'refuse' || (decision.act === 'reuse' && !decision.stale)) return now
  if (decision.act === 'reuse' && request.method === 'HEAD') return now
  // What is delivered stale is refreshed behind, without the directives of who asked.
  const asked: Request = decision.act === 'reuse'
    ? { ...request, fields: request.fields.filter(([name]) => !/cache-control|pragma/i.test(name)) }
    : request
  const chosen = decision.act === 'fetch' ? undefined : decision.id
  const times: Times = { askedAt: now, answeredAt: now + random.delay() }
  const response = random.response(id, times.answeredAt, chosen !== undefined)
  const about = { asked, response, chosen }
  const served = agreed('what is served', {
    one: model.learn(asked, response, times, chosen),
    other: house.learn(asked, response, times, chosen), about,
  })
  count(`${response.status === 304 ? '304' : 'answer'}, served from ${served.from}`)
  // Nothing but what is unsafe reaches another path than its own.
  const paths = /GET|HEAD|OPTIONS/.test(asked.method) ? [asked.path] : ['/a', '/b', '/c']
  for (const path of paths) {
    const [one, other] = stock(world, path)
    agreed(`what is stored for ${path}`, { one, other, about })
  }
  return times.answeredAt
}

t.test('haulout and the reference model do the same', (t): void => {
  t.comment(`seed ${SEED}, ${RUNS} exchanges`)
  const seen = new Map<string, number>()
  // Worlds begin anew from time to time, so that no state is too far from the beginning.
  const length = 1000
  for (let i = 0; i < RUNS; i += length) {
    const world = worldOf(OPERATORS[(i / length) % OPERATORS.length]!, SEED + i)
    let now = START
    for (let id = i; id < Math.min(i + length, RUNS); id++) {
      now += world.random.pause()
      try {
        now = exchange(world, { id, now }, seen)
      } catch (error) {
        t.fail(`exchange ${id}: ${(error as Error).message}`)
        t.comment(`stored: ${JSON.stringify(world.model.stored)}`)
        t.end()
        return
      }
    }
  }
  t.pass(`${RUNS} exchanges without disagreement`)
  t.comment(JSON.stringify(Object.fromEntries(seen)))
  for (const what of ['reuse', 'reuse stale', 'validate', 'fetch', 'refuse']) {
    t.ok((seen.get(what) ?? 0) > RUNS / 1000, `${what} is among what was tried`)
  }
  t.end()
})
