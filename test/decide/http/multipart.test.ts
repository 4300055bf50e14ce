import t from 'tap'
import { multipart } from '../../../src/decide/http/multipart.ts'

/** The body as it would leave, from the object's bytes. */
function bodyOf(object: Buffer, parts: Array<{ start: number; end: number }>, type: string | null) {
  const frame = multipart(parts, object.length, type, 'B')
  const pieces = parts.flatMap(({ start, end }, i) => [
    frame.heads[i]!, object.subarray(start, end + 1),
  ])
  return { frame, bytes: Buffer.concat([...pieces, frame.tail]) }
}

t.test('parts are framed as in RFC 9110 §14.6, and the length is exact', (t) => {
  const spans = [{ start: 0, end: 1 }, { start: 7, end: 9 }]
  const { frame, bytes } = bodyOf(Buffer.from('0123456789'), spans, 'application/gzip')
  t.equal(bytes.toString(), [
    '--B', 'Content-Type: application/gzip', 'Content-Range: bytes 0-1/10', '', '01',
    '--B', 'Content-Type: application/gzip', 'Content-Range: bytes 7-9/10', '', '789',
    '--B--', '',
  ].join('\r\n'))
  t.equal(frame.lengthBytes, bytes.length)
  t.end()
})

t.test('an object without a type has parts without one', (t) => {
  const { frame, bytes } = bodyOf(Buffer.from('01'), [{ start: 1, end: 1 }], null)
  t.equal(bytes.toString(), '--B\r\nContent-Range: bytes 1-1/2\r\n\r\n1\r\n--B--\r\n')
  t.equal(frame.lengthBytes, bytes.length)
  t.end()
})

t.test('a type beyond ASCII keeps its bytes', (t) => {
  const { frame, bytes } = bodyOf(Buffer.from('01'), [{ start: 0, end: 0 }], 'text/é')
  t.ok(bytes.includes(Buffer.from('text/é', 'latin1')))
  t.equal(frame.lengthBytes, bytes.length)
  t.end()
})
