import t from 'tap'
import { createFailures } from '../../../src/act/access/failures.ts'
import { CLIENT_CHECKS, FAILING_CLIENTS, FAILURES_REFUSED } from '../../../src/limits.ts'

t.test('wrong passwords are answered more and more slowly, and then no longer', (t) => {
  const failures = createFailures()
  const pauses: number[] = []
  let now = 0
  for (; failures.begin('a', now) === 0; now += 10_000) {
    pauses.push(failures.failed('a', now))
    failures.end('a')
  }
  t.same(pauses, [0, 0, 0, 250, 500, 1000, 2000, 4000, 4000, 4000])
  t.equal(failures.begin('a', now), 50_000)
  t.equal(failures.begin('b', now), 0, 'others are not concerned')
  t.equal(failures.begin('a', now + 50_000), 0, 'after the rest it may try again')
  t.equal(failures.failed('a', now + 50_000), 4000)
  t.equal(failures.begin('a', now + 50_001), 59_999, 'once')
  t.end()
})

t.test('failures are forgotten ten minutes after the last', (t) => {
  const failures = createFailures()
  for (let i = 0; i < FAILURES_REFUSED; i++) failures.failed('a', 0)
  t.equal(failures.failed('a', 599_999), 4000)
  t.equal(failures.failed('a', 1_199_999), 0)
  t.end()
})

t.test('of many at the same time, so many have their turn', (t) => {
  const failures = createFailures()
  const begun = Array.from({ length: 10_000 }, () => failures.begin('a', 0))
  t.equal(begun.filter((restMs) => restMs === 0).length, CLIENT_CHECKS)
  t.ok(begun.slice(CLIENT_CHECKS).every((restMs) => restMs === 1000))
  failures.end('a')
  t.equal(failures.begin('a', 0), 0, 'a turn that is given back can be taken')
  t.equal(failures.begin('a', 0), 1000)
  t.end()
})

t.test('who has failed first is forgotten when there are too many', (t) => {
  const failures = createFailures()
  const fail = (client: string): number => failures.failed(client, 0)
  for (let i = 0; i < FAILURES_REFUSED; i++) fail('first')
  for (let i = 0; i < FAILURES_REFUSED; i++) fail('second')
  for (let i = 0; i < FAILING_CLIENTS - 1; i++) fail(`client ${i}`)
  t.equal(failures.begin('first', 0), 0)
  t.equal(failures.begin('second', 0), 60_000)
  t.end()
})
