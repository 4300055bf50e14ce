/**
 * Random crowds on the straight line: clients that come, leave, ask for parts and read slowly, an
 * origin that sends and fails as it likes, tiers that are too small or not. Whatever happens, what
 * was completed is the truth, nobody waits for ever, and what can be stored is fetched once.
 */
import * as fc from 'fast-check'
import t from 'tap'
import { serve, type Parts } from '../../../src/serve.ts'
import { bytesOf, entryOf } from '../../support/entries.ts'
import { arrive, partsInMemory, watchWire, type Watched } from '../../support/line.ts'
import { scriptOrigin, type Fetched, type ScriptedOrigin } from '../../support/scripted-origin.ts'

const MIB = 1024 * 1024

/** One thing that happens; numbers say to whom, or how much, by what is there at that time. */
type Step =
  | { readonly kind: 'come'; readonly slow: boolean; readonly method: 'GET' | 'HEAD' }
  | { readonly kind: 'part'; readonly slow: boolean; readonly from: number; readonly bytes: number }
  | { readonly kind: 'leave' | 'ready' | 'fail' | 'head'; readonly which: number }
  | { readonly kind: 'send'; readonly which: number; readonly bytes: number }
  | { readonly kind: 'turn' }

type Story = {
  readonly sizeBytes: number
  readonly memoryBytes: number
  readonly ranges: boolean
  readonly tellsLength: boolean
  readonly md5: boolean
  readonly steps: readonly Step[]
}

const which = fc.nat(20)
const bytes = fc.oneof(fc.nat(2000), fc.nat(400_000))

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({
    kind: fc.constant('come' as const), slow: fc.boolean(),
    method: fc.constantFrom('GET' as const, 'GET' as const, 'HEAD' as const),
  }) },
  { weight: 3, arbitrary: fc.record({
    kind: fc.constant('part' as const), slow: fc.boolean(), from: fc.nat(1_400_000), bytes,
  }) },
  { weight: 2, arbitrary: fc.record({
    kind: fc.constantFrom('leave' as const, 'ready' as const, 'head' as const), which,
  }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), which }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('send' as const), which, bytes }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'turn' as const }) },
)

const story: fc.Arbitrary<Story> = fc.record({
  sizeBytes: fc.oneof(fc.nat(3000), fc.nat(1_500_000)),
  memoryBytes: fc.constantFrom(64 * MIB, MIB, 300_000),
  ranges: fc.boolean(),
  tellsLength: fc.boolean(),
  md5: fc.boolean(),
  steps: fc.array(step, { maxLength: 60 }),
})

/** What a client wanted: a span of the body, with its end after the last byte. */
type Client = { readonly said: Watched; readonly from: number; readonly end: number }

type World = {
  readonly parts: Parts
  readonly scripted: ScriptedOrigin
  readonly body: Buffer
  readonly clients: Client[]
}

const TRUTH = bytesOf(1_500_000)

function open({ sizeBytes, memoryBytes, ranges, tellsLength, md5 }: Story): World {
  const body = TRUTH.subarray(0, sizeBytes)
  const etag = md5 ? entryOf('x', 1, body).etag : '"not-a-digest"'
  const scripted = scriptOrigin({ body, etag, ranges, tellsLength })
  return { parts: partsInMemory(memoryBytes, scripted.origin), scripted, body, clients: [] }
}

function come(world: World, step: Extract<Step, { kind: 'come' | 'part' }>): void {
  const said = watchWire()
  said.slow = step.slow
  const from = step.kind === 'part' ? step.from : 0
  const end = step.kind === 'part' ? from + step.bytes + 1 : Infinity
  const fields = step.kind === 'part' ? ['Range', `bytes=${from}-${end - 1}`] : []
  const method = step.kind === 'part' ? 'GET' : step.method
  world.clients.push({ said, from, end: method === 'HEAD' ? 0 : end })
  serve(world.parts, arrive(said.wire, { url: '/get/x', method, fields }))
}

function active({ scripted }: World): Fetched[] {
  return scripted.fetches.filter(({ over, paused }) => !over && !paused)
}

function happen(world: World, step: Step): void {
  if (step.kind === 'come' || step.kind === 'part') return come(world, step)
  if (step.kind === 'turn') return
  const fetches = active(world)
  const fetched = fetches[step.which % Math.max(1, fetches.length)]
  const client = world.clients[step.which % Math.max(1, world.clients.length)]
  switch (step.kind) {
    case 'leave': return client?.said.leave()
    case 'ready': return client?.said.ready()
    case 'head': return fetched?.head()
    case 'fail': return fetched?.fail()
    case 'send': return fetched?.send(step.bytes)
  }
}

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

/** Long enough for a flight that has broken to ask again. */
const pause = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 5) })

function isOver({ said }: Client): boolean {
  return said.ends + said.cuts > 0 || said.wire.gone
}

/** Lets everything go on until nothing is left to do. */
async function finish(world: World): Promise<void> {
  for (let round = 0; round < 1000; round += 1) {
    const fetches = active(world)
    const { running } = world.parts.flights.state()
    if (fetches.length === 0 && running === 0 && world.clients.every(isOver)) return
    for (const fetched of fetches) fetched.send(100_000)
    for (const { said } of world.clients) said.ready()
    await (fetches.length === 0 ? pause() : turn())
  }
  throw new Error('somebody waits for ever')
}

function check({ said, from, end }: Client, body: Buffer): void {
  if (said.ends + said.cuts > 1) throw new Error('ended twice')
  const got = Buffer.concat(said.body)
  const { status } = said.wire
  if (status >= 400) return
  const start = status === 206 ? from : 0
  const wanted = end === 0 ? body.subarray(0, 0)
    : status === 206 ? body.subarray(from, end) : body
  if (said.ends === 1 && !got.equals(wanted)) throw new Error(`wrong: ${got.length} bytes`)
  const prefix = body.subarray(start, start + got.length)
  if (said.ends === 0 && !got.equals(prefix)) throw new Error('a wrong byte before the cut')
}

async function tell(story: Story): Promise<void> {
  const world = open(story)
  let failures = 0
  for (const step of story.steps) {
    if (step.kind === 'turn') await turn()
    else if (step.kind === 'fail' && active(world).length > 0) failures += 1
    happen(world, step)
  }
  await finish(world)
  for (const client of world.clients) check(client, world.body)
  const { fetches } = world.scripted
  const gets = fetches.filter(({ request }) => request.method === 'GET').length
  if (story.memoryBytes === 64 * MIB && gets > 1 + failures) {
    throw new Error(`${gets} requests with ${failures} failures`)
  }
  const { running, passengers } = world.parts.flights.state()
  if (running + passengers > 0) throw new Error(`${running} flights, ${passengers} aboard`)
}

t.test('completed bodies are the truth, nobody waits for ever, one fetch is enough', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
  const numRuns = Number(process.env['RUNS'] ?? 400)
  t.comment(`seed ${seed}`)
  await fc.assert(fc.asyncProperty(story, tell), { seed, numRuns })
  t.pass(`held for ${numRuns} stories`)
})
