import t from 'tap'
import { Window } from '../../../src/act/collapse/window.ts'
import { CHUNK_BYTES } from '../../../src/limits.ts'
import { bytesOf } from '../../support/entries.ts'

/** Takes all of it, in whatever steps the window allows. */
function fill(window: Window, bytes: Buffer): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(window.take(rest))
}

t.test('a piece is taken up to the end of the chunk that fills', (t) => {
  const window = new Window(0, null)
  t.equal(window.take(bytesOf(CHUNK_BYTES - 1)), CHUNK_BYTES - 1)
  t.equal(window.take(bytesOf(10)), 1)
  t.equal(window.take(bytesOf(9)), 9)
  t.equal(window.front, CHUNK_BYTES + 9)
  t.equal(window.count, 2)
  t.end()
})

const LENGTHS: ReadonlyArray<readonly [lengthBytes: number | null, bytes: number]> = [
  [1, 1], [1000, 1000], [CHUNK_BYTES, CHUNK_BYTES], [CHUNK_BYTES + 1, CHUNK_BYTES + 1],
  [3 * CHUNK_BYTES - 1, 3 * CHUNK_BYTES - 1], [null, 1], [null, 2 * CHUNK_BYTES + 5],
]

for (const [lengthBytes, size] of LENGTHS) {
  t.test(`${size} bytes of ${lengthBytes ?? 'unknown'} read back as they went in`, (t) => {
    const window = new Window(0, lengthBytes)
    const body = bytesOf(size)
    fill(window, body)
    for (let at = 0; at < size;) {
      const view = window.view(at, size)
      t.ok(view.length > 0 && view.equals(body.subarray(at, at + view.length)))
      at += view.length
    }
    const chunks = Array.from({ length: window.count }, (_, i) => window.chunk(i))
    t.ok(Buffer.concat(chunks).equals(body))
    t.ok(chunks.every((chunk) => chunk.buffer.byteLength === chunk.length), 'and hold no more')
    t.end()
  })
}

t.test('a view ends before the limit, and at the end of its chunk', (t) => {
  const window = new Window(0, null)
  fill(window, bytesOf(2 * CHUNK_BYTES))
  t.equal(window.view(10, 15).length, 5)
  t.equal(window.view(CHUNK_BYTES - 1, 2 * CHUNK_BYTES).length, 1)
  t.equal(window.view(CHUNK_BYTES, 2 * CHUNK_BYTES).length, CHUNK_BYTES)
  t.end()
})

t.test('what was shown does not change when more comes', (t) => {
  const window = new Window(0, null)
  const body = bytesOf(2000)
  fill(window, body.subarray(0, 1000))
  const view = window.view(0, 1000)
  fill(window, body.subarray(1000))
  t.ok(view.equals(body.subarray(0, 1000)))
  t.end()
})

t.test('a window that begins in the middle counts from the start of the body', (t) => {
  const window = new Window(3, 4 * CHUNK_BYTES + 1)
  t.equal(window.front, 3 * CHUNK_BYTES)
  const body = bytesOf(CHUNK_BYTES + 1)
  fill(window, body)
  t.equal(window.front, 4 * CHUNK_BYTES + 1)
  t.ok(window.chunk(3).equals(body.subarray(0, CHUNK_BYTES)))
  t.ok(window.chunk(4).equals(body.subarray(CHUNK_BYTES)))
  window.shift()
  t.equal(window.base, 4)
  t.equal(window.count, 1)
  t.ok(window.view(4 * CHUNK_BYTES, window.front).equals(body.subarray(CHUNK_BYTES)))
  t.end()
})
