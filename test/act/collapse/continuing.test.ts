/** A fetch that goes on where it broke, and only with what belongs to it. */
import t from 'tap'
import { fetchOn } from '../../../src/act/collapse/continuing.ts'
import type { HauloutError } from '../../../src/errors.ts'
import { CHUNK_BYTES, CONTINUE_TRIES } from '../../../src/limits.ts'
import type { ObjectRequest, OriginHead } from '../../../src/model/origin.ts'
import { bytesOf, entryOf } from '../../support/entries.ts'
import { scriptOrigin, type ScriptedOrigin, type Truth } from '../../support/scripted-origin.ts'

const BODY = bytesOf(3 * CHUNK_BYTES + 500)

type Scene = ScriptedOrigin & {
  readonly heads: OriginHead[]
  readonly got: () => Buffer
  readonly errors: HauloutError[]
  ends: number
  /** Resolves when there are so many fetches. */
  asked(count: number): Promise<void>
}

function open(truth: Partial<Truth> = {}, request: Partial<ObjectRequest> = {}): Scene {
  const scripted = scriptOrigin({
    body: BODY, etag: '"v"', ranges: false, tellsLength: true, ...truth,
  })
  const pieces: Buffer[] = []
  const scene: Scene = {
    ...scripted, heads: [], errors: [], ends: 0, got: () => Buffer.concat(pieces),
    async asked(count) {
      while (scripted.fetches.length < count) {
        await new Promise((resolve) => { setTimeout(resolve, 5) })
      }
    },
  }
  const { object } = entryOf('x', 1, BODY)
  const plain = {
    kind: 'object', object: object!, method: 'GET', fields: [], known: null, fromByte: 0,
  } as const
  fetchOn(scripted.origin, { ...plain, ...request }, {
    onHead: (head) => { scene.heads.push(head) },
    onBytes: (bytes) => { pieces.push(bytes) },
    onEnd: () => { scene.ends += 1 },
    onError: (error) => { scene.errors.push(error) },
  })
  return scene
}

const BREAKS = [
  [1], [CHUNK_BYTES], [CHUNK_BYTES - 1, 1, 1], [2 * CHUNK_BYTES + 77, 10], [BODY.length - 1],
  [1000, CHUNK_BYTES - 1000, CHUNK_BYTES],
]

for (const ranges of [false, true]) {
  for (const breaks of BREAKS) {
    const name = `${ranges ? 'parts' : 'the whole again'}: breaks after ${breaks.join(', then ')}`
    t.test(`${name}, and nothing is missing or twice`, async (t) => {
      const scene = open({ ranges })
      for (const [i, more] of breaks.entries()) {
        await scene.asked(i + 1)
        const fetched = scene.fetches[i]!
        // Once more what has been, where there are no parts; in pieces that fit no boundary.
        const until = breaks.slice(0, i).reduce((sum, each) => sum + each, 0) + more
        while (fetched.position < until) fetched.send(Math.min(100_001, until - fetched.position))
        fetched.fail()
      }
      await scene.asked(breaks.length + 1)
      const last = scene.fetches.at(-1)!
      while (!last.over) last.send(99_999)
      t.ok(scene.got().equals(BODY))
      t.equal(scene.ends, 1)
      t.equal(scene.heads.length, 1)
      t.same(scene.errors, [])
      t.equal(last.request.fromByte > 0, ranges)
    })
  }
}

t.test('other bytes under the same tag are not taken for the same', async (t) => {
  for (const at of [0, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 400]) {
    const other = Buffer.from(BODY)
    other[at]! ^= 1
    const bodies = new Map([['x', Buffer.from(BODY)]])
    const scene = open({ bodies })
    scene.fetches[0]!.send(CHUNK_BYTES + 500)
    scene.fetches[0]!.fail()
    bodies.set('x', other)
    await scene.asked(2)
    const again = scene.fetches[1]!
    while (!again.over) again.send(10_000)
    t.equal(scene.errors[0]?.code, 'origin-changed', `byte ${at}`)
    t.equal(scene.got().length, CHUNK_BYTES + 500, 'and none of them is handed on')
    t.equal(scene.ends, 0)
  }
})

t.test('the rest of a body that broke goes on, too, with what came before it unseen', async (t) => {
  for (const ranges of [false, true]) {
    const fromByte = CHUNK_BYTES + 10
    const scene = open({ ranges }, { fromByte })
    scene.fetches[0]!.send(2 * CHUNK_BYTES)
    scene.fetches[0]!.fail()
    await scene.asked(2)
    while (!scene.fetches[1]!.over) scene.fetches[1]!.send(50_000)
    t.ok(scene.got().equals(ranges ? BODY.subarray(fromByte) : BODY))
    t.equal(scene.ends, 1)
  }
})

const CHANGED: ReadonlyArray<readonly [string, Partial<OriginHead>]> = [
  ['another tag', { fields: ['ETag', '"w"'] }],
  ['another length', { lengthBytes: 5 }],
  ['no object', { kind: 'absent', status: 404 }],
  ['not allowed any more', { kind: 'forbidden', status: 403 }],
  ['a part that begins too late', { fromByte: 900 }],
]

for (const [what, head] of CHANGED) {
  t.test(`${what} instead of the rest is the end of it`, async (t) => {
    const scene = open()
    scene.fetches[0]!.send(500)
    scene.fetches[0]!.fail()
    await scene.asked(2)
    scene.fetches[1]!.head(head)
    t.equal(scene.errors[0]?.code, 'origin-changed')
    t.ok(scene.fetches[1]!.over, 'and it is not read further')
  })
}

t.test('what has no strong tag and no date cannot go on', async (t) => {
  for (const etag of [null, 'W/"weak"']) {
    const scene = open({ etag })
    scene.fetches[0]!.send(500)
    scene.fetches[0]!.fail()
    t.equal(scene.errors[0]?.code, 'origin-cut')
    t.equal(scene.fetches.length, 1)
  }
})

t.test('what breaks where it broke before is given up, and says why', async (t) => {
  const scene = open({ ranges: true })
  for (let i = 0; i < CONTINUE_TRIES; i += 1) {
    await scene.asked(i + 1)
    if (i === 0) scene.fetches[i]!.send(500)
    scene.fetches[i]!.fail()
  }
  await scene.asked(CONTINUE_TRIES + 1)
  t.same(scene.errors, [])
  scene.fetches.at(-1)!.fail()
  t.equal(scene.errors[0]?.code, 'origin-cut')
})
