import t from 'tap'
import { createAdmission } from '../../../src/act/origin/admission.ts'
import type { Admission, Ticket } from '../../../src/act/origin/admission.ts'

const LIMITS = { connections: 2, queue: 2, queueWaitMs: 60_000 }

/** Visitors by name, and what was said to them, in order. */
function visits(admission: Admission): { said: string[]; enter: (name: string) => Ticket } {
  const said: string[] = []
  return {
    said,
    enter: (name) => admission.enter({
      onTurn: () => { said.push(name) },
      onRefused: (error) => { said.push(`${name} ${error.code}`) },
    }),
  }
}

const microtasks = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })

t.test('nobody is let in while entering', async (t) => {
  const { said, enter } = visits(createAdmission('store', LIMITS))
  enter('a')
  t.same(said, [])
  await microtasks()
  t.same(said, ['a'])
})

t.test('a place that becomes free goes to whoever waits longest', async (t) => {
  const admission = createAdmission('store', LIMITS)
  const { said, enter } = visits(admission)
  const [a, b] = ['a', 'b', 'c', 'd'].map(enter)
  t.equal(admission.running, 2)
  t.equal(admission.waiting, 2)
  b!.leave()
  await microtasks()
  t.same(said, ['a', 'c'], 'b left before its turn came')
  a!.leave()
  await microtasks()
  t.same(said, ['a', 'c', 'd'])
  t.equal(admission.waiting, 0)
})

t.test('a full queue refuses, and the refused holds no place', async (t) => {
  const admission = createAdmission('store', LIMITS)
  const { said, enter } = visits(admission)
  const tickets = ['a', 'b', 'c', 'd', 'e'].map(enter)
  await microtasks()
  t.same(said, ['a', 'b', 'e origin-queue-full'])
  tickets[4]!.leave()
  t.equal(admission.running, 2)
  t.equal(admission.waiting, 2)
  for (const ticket of tickets) ticket.leave()
  t.equal(admission.running, 0)
})

t.test('who is refused and leaves at once is told nothing', async (t) => {
  const { said, enter } = visits(createAdmission('store', { ...LIMITS, connections: 1, queue: 0 }))
  enter('a')
  enter('b').leave()
  await microtasks()
  t.same(said, ['a'])
})

t.test('leaving the queue makes room in it', async (t) => {
  const admission = createAdmission('store', LIMITS)
  const { said, enter } = visits(admission)
  const tickets = ['a', 'b', 'c', 'd'].map(enter)
  tickets[2]!.leave()
  tickets[2]!.leave()
  t.equal(admission.waiting, 1)
  tickets.push(enter('e'))
  tickets[0]!.leave()
  await microtasks()
  t.same(said, ['b', 'd'])
  t.equal(admission.running, 2)
  for (const ticket of tickets) ticket.leave()
})

t.test('waiting ends after queueWaitMs', async (t) => {
  const admission = createAdmission('store', { connections: 1, queue: 1, queueWaitMs: 5 })
  const { said, enter } = visits(admission)
  const place = enter('a')
  await new Promise<void>((resolve) => {
    admission.enter({
      onTurn: () => t.fail('there is no place'),
      onRefused: (error) => {
        t.equal(error.code, 'origin-queue-wait')
        resolve()
      },
    })
  })
  t.equal(admission.waiting, 0)
  place.leave()
  await admission.settled()
  t.same(said, ['a'])
})

t.test('it is settled when the last has left, and at once when nobody is there', async (t) => {
  const admission = createAdmission('store', LIMITS)
  await admission.settled()
  const { enter } = visits(admission)
  const tickets = ['a', 'b', 'c'].map(enter)
  let settled = false
  const settling = admission.settled().finally(() => { settled = true })
  tickets[0]!.leave()
  tickets[1]!.leave()
  await microtasks()
  t.equal(settled, false, 'c has its place now')
  tickets[2]!.leave()
  await settling
  t.equal(settled, true)
})
