import t from 'tap'
import { patienceOver } from '../../../src/act/collapse/patience.ts'
import { FLIGHT_PATIENCE_MS, FLIGHT_PATIENCE_TICK_MS } from '../../../src/limits.ts'
import type { Passenger } from '../../../src/model/landing.ts'

const TICKS = FLIGHT_PATIENCE_MS / FLIGHT_PATIENCE_TICK_MS
const PLACES = { start: 100, keepFrom: 200, front: 300 }

/** A passenger that waits where it is, if it is at the front. */
function at(position: number): Passenger {
  return { position, wake: position >= PLACES.front ? () => {} : null, heldMs: 0 }
}

/** Ticks until patience is over; null when it never is. */
function ticks(aboard: Passenger[], each: (tick: number) => void = () => {}): number | null {
  for (let tick = 1; tick <= 100; tick += 1) {
    each(tick)
    if (patienceOver(aboard, PLACES)) return tick
  }
  return null
}

const CASES: ReadonlyArray<readonly [string, number[], number | null]> = [
  ['nobody', [], null],
  ['a lone slow one', [100], null],
  ['only slow ones', [100, 150, 199], null],
  ['only fast ones', [300, 300], 1],
  ['one that holds another', [100, 300], TICKS],
  ['several that hold one', [100, 150, 199, 300], TICKS],
  ['one in the half that is kept', [200, 300], 1],
  ['one that was left behind before, and a lone slow one', [0, 100], null],
  ['one that was left behind before holds nobody', [0, 250, 300], 1],
]

for (const [name, positions, expected] of CASES) {
  t.test(`patience: ${name}`, (t) => {
    t.equal(ticks(positions.map(at)), expected)
    t.end()
  })
}

t.test('who has caught up begins with a new account', (t) => {
  const slow = at(100)
  const aboard = [slow, at(300)]
  for (let tick = 1; tick < TICKS; tick += 1) t.notOk(patienceOver(aboard, PLACES))
  slow.position = 250
  patienceOver(aboard, PLACES)
  slow.position = 120
  t.equal(ticks(aboard), TICKS)
  t.end()
})

t.test('time in which nobody else waits is not counted', (t) => {
  const front = at(300)
  const aboard = [at(100), front]
  front.wake = null
  for (let tick = 0; tick < 10 * TICKS; tick += 1) t.notOk(patienceOver(aboard, PLACES))
  front.wake = () => {}
  t.equal(ticks(aboard), TICKS)
  t.end()
})

t.test('a newcomer gets its own time, but a stream of them stops nobody for ever', (t) => {
  const aboard = [at(100), at(300)]
  t.equal(ticks([at(100), ...aboard], (tick) => {
    if (tick === 3) aboard.push(at(100))
  }), TICKS)
  const crowd = [at(100), at(300)]
  t.equal(ticks(crowd, () => crowd.push(at(100))), 2 * TICKS)
  t.end()
})
