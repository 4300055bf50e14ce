import t from 'tap'
import { createLog } from '../../../src/act/observe/log.ts'

/** Gathers whole lines; `next` resolves with the next one. */
function collect() {
  const lines: string[] = []
  let notify: (() => void) | null = null
  return {
    lines,
    write(text: string) {
      lines.push(text)
      notify?.()
    },
    async until(count: number) {
      while (lines.length < count) await new Promise<void>((resolve) => { notify = resolve })
    },
  }
}

t.test('a message is one line with a time and a level', async (t) => {
  const output = collect()
  const log = createLog(output)
  log.info('listening on 127.0.0.1:8080')
  log.warn('disk', 'the disk is full')
  log.error('bug', 'Error: a\n    at b\r\n    at c\u001b[31m')
  t.match(output.lines[0], /^\d{4}-\d\d-\d\dT[\d:.]+Z info: listening on 127\.0\.0\.1:8080\n$/)
  t.match(output.lines[1], /Z warning: the disk is full\n$/)
  t.match(output.lines[2], /Z error: Error: a \| at b \| at c \[31m\n$/)
})

t.test('a kind that repeats is printed once, and then its number', async (t) => {
  const output = collect()
  const log = createLog(output, 20)
  for (let count = 1; count <= 100; count++) log.warn('disk', `full ${count}`)
  log.warn('origin', 'another kind')
  t.equal(output.lines.length, 2)
  // The log's own timer holds no process open, so the test does.
  const open = setInterval(() => {}, 1000)
  await output.until(3)
  clearInterval(open)
  t.match(output.lines, [/full 1\n/, /another kind\n/, /full 100 \(and 98 more like it\)\n/])
})

t.test('a kind that is quiet for a while is printed at once again', async (t) => {
  const output = collect()
  const log = createLog(output, 10)
  log.warn('disk', 'one')
  await new Promise((resolve) => setTimeout(resolve, 15))
  log.warn('disk', 'two')
  t.match(output.lines, [/one\n/, /two\n/])
})
