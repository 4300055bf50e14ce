/**
 * A real haulout, over sockets, against the reference model: what it asks its origin and what it
 * answers. Only what is the same in both by the RFC is said here, and not what haulout may leave
 * undone: everything can be stored and shared, a page has one Vary for ever, and time stands nearly
 * still, so that what is stale is so by its Age. `SEED=…` and `RUNS=…` as in the test beside.
 */
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { passed } from '../support/clock.ts'
import { openWeb, valueOf, type Got, type Heard } from '../support/web-house.ts'
import { chance } from './exchanges.ts'
import type { Field } from './fields.ts'
import { Model, type Decision, type Served } from './model.ts'
import { HOST, type Request, type Response } from './reading.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const RUNS = Number(process.env['RUNS'] ?? 2000)

const ASKS = [
  'no-cache', 'only-if-cached', 'max-age=0', 'max-age=10', 'max-age=100', 'min-fresh=5', 'foo',
  'min-fresh=100', 'max-age=x', 'no-transform',
]
const SAYS = [
  'max-age=0', 'max-age=10', 'max-age=60', 'max-age=600', 'max-age=600', 's-maxage=20', 'no-cache',
  'public', 'must-revalidate', 'proxy-revalidate', 'private="x-user"', 'no-cache="x-user"',
  'max-age=x', 'max-age="60"', 'MAX-AGE=60', 'maxage=60', 'foo="max-age=1, no-store"', 'immutable',
  'stale-if-error=30', 'max-age=60, max-age=61',
]

const VARIES: Readonly<Record<string, string>> = { '/b': 'Accept-Language', '/c': 'x-a,Accept' }

/** A request, and what its origin would say to it, known or not. */
type Said = { request: Request; fresh: Response; same: Field[] }

/** As fields have it: whole seconds. */
function date(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toUTCString()
}

function sayings(seed: number): (id: number) => Said {
  const next = chance(seed)
  const pick = <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)]!

  /** What is said of freshness, in a 200 or a 304. */
  function freshness(): Field[] {
    const fields: Field[] = [['Date', date(Date.now())]]
    if (next() < 0.8) fields.push(['Cache-Control', `${pick(SAYS)}${pick(['', `,${pick(SAYS)}`])}`])
    if (next() < 0.1) fields.push(['CDN-Cache-Control', pick(['max-age=60', 'max-age="60"', 'x;'])])
    if (next() < 0.2) fields.push(['Expires', pick([date(Date.now() + 60_000), '0', 'x'])])
    if (next() < 0.5) fields.push(['Age', pick(['0', '5', '30', '90', '30, 60', 'x', '-1'])])
    return fields
  }

  return (id) => {
    const asked: Field[] = [['Host', HOST]]
    if (next() < 0.5) asked.push(['Accept-Language', pick(['de', 'en', 'de, en;q=0.5'])])
    if (next() < 0.4) asked.push(['X-A', pick(['1', '2'])])
    if (next() < 0.2) asked.push(['Cache-Control', pick(ASKS)])
    const method = next() < 0.9 ? 'GET' : pick(['POST', 'PUT', 'DELETE', 'PATCH'])
    const request = { method, path: pick(['/a', '/b', '/c']), fields: asked }
    const fields = [...freshness(), ['X-Body', String(id)], ['X-User', `user ${id}`]] as Field[]
    const vary = VARIES[request.path]
    if (vary !== undefined) {
      fields.push(['Vary', vary])
      fields.push(['Last-Modified', date(Date.now() - 1000 * pick([10, 1000, 100_000]))])
    } else fields.push(['ETag', pick([`"${id}"`, `W/"${id}"`, '"same"'])])
    const locations = ['/a', `http://${HOST}/b`, '//other.example/c']
    if (next() < 0.2) fields.push(['Location', pick(locations)])
    const status = pick([200, 200, 200, 203, 301, 404, 410])
    return { request, fresh: { id, status, fields }, same: freshness() }
  }
}

/** Whether the origin was asked about something. */
function isConditional({ fields }: Heard): boolean {
  return valueOf(fields, 'if-none-match') !== null || valueOf(fields, 'if-modified-since') !== null
}

/** What haulout did, in the words of the model; ids are those of the body that was sent. */
function shown(got: Got, heard: Heard | undefined): Decision {
  const id = Number(valueOf(got.fields, 'x-body'))
  if (heard === undefined && got.status === 504) return { act: 'refuse' }
  if (heard === undefined) {
    return { act: 'reuse', id, age: Number(valueOf(got.fields, 'age')), stale: false }
  }
  return isConditional(heard) ? { act: 'validate', id: 0 } : { act: 'fetch' }
}

/** Without what is not shown by a real one: about what it has asked. */
function comparable(decision: Decision): string {
  return JSON.stringify(decision.act === 'validate' ? { act: 'validate' }
    : decision.act === 'reuse' ? { ...decision, age: 0 } : decision)
}

t.test('a real haulout does what the reference model does', async (t): Promise<void> => {
  t.comment(`seed ${SEED}, ${RUNS} exchanges`)
  let said: Said | null = null
  let answeredAt = 0
  /** What was answered to the last request. */
  let answer: Response | null = null
  function reply(response: ServerResponse, heard: Heard): void {
    const { fresh, same } = said!
    const conditional = isConditional(heard)
    const tag = valueOf(heard.fields, 'if-none-match')
    const fields = conditional ? [...same, ...tag === null ? [] : [['ETag', tag]]] : fresh.fields
    answer = conditional ? { id: fresh.id, status: 304, fields: fields as Field[] } : fresh
    answeredAt = Date.now()
    response.sendDate = false
    response.writeHead(answer.status, answer.fields.flat())
    response.end(conditional ? undefined : `body ${fresh.id}`)
  }
  const house = await openWeb(t, reply, {
    route: 'methods: [GET, POST, PUT, DELETE, PATCH]\n' +
      '    cache: { respect: origin, grace: 0s, keep: 30d }',
  })
  const model = new Model({ ttl: null, grace: 0, keep: 30 * 86_400 })
  const next = sayings(SEED)
  const seen = new Map<string, number>()
  for (let id = 1; id <= RUNS; id++) {
    said = next(id)
    answer = null
    const { request } = said
    // Nothing is of the very instant in which it came, so that zero is less than its age.
    await passed(2)
    const now = Date.now()
    const before = house.heard.length
    const body = request.method === 'GET' ? {} : { body: 'x' }
    const got = await house.ask(request.path, {
      method: request.method, fields: request.fields.flat(), ...body,
    })
    const decision = model.decide(request, now)
    const did = shown(got, house.heard[before])
    const about = () => JSON.stringify({ id, said, got, stored: model.stored })
    if (comparable(decision) !== comparable(did)) {
      const [one, other] = [JSON.stringify(decision), JSON.stringify(did)]
      t.fail(`the model says ${one}, haulout ${other}: ${about()}`)
      return
    }
    if (decision.act === 'reuse' && did.act === 'reuse' && Math.abs(decision.age - did.age) > 1) {
      t.fail(`the age is ${did.age}, not ${decision.age}: ${about()}`)
      return
    }
    seen.set(decision.act, (seen.get(decision.act) ?? 0) + 1)
    if (decision.act === 'reuse' || decision.act === 'refuse') continue
    const chosen = decision.act === 'validate' ? decision.id : undefined
    const served: Served = model.learn(request, answer!, { askedAt: now, answeredAt }, chosen)
    const expected = served.from === 'stored' ? served.id : answer!.id
    if (Number(valueOf(got.fields, 'x-body')) !== expected) {
      t.fail(`${expected} is served by the model: ${about()}`)
      return
    }
  }
  t.pass(`${RUNS} exchanges without disagreement`)
  t.comment(JSON.stringify(Object.fromEntries(seen)))
  for (const act of ['reuse', 'validate', 'fetch', 'refuse']) t.ok(seen.has(act), act)
})
