/** What a store may do wrong on the wire, as a table: bytes sent → what the sink is told. */
import type { Socket } from 'node:net'
import t from 'tap'
import { createOrigin } from '../../../src/act/origin/origin.ts'
import { fetchFrom, originSettings, startRawOrigin, wanted } from '../../support/raw-origin.ts'

const KNOWN = { originEtag: '"one"', lastModified: null, lengthBytes: 10 }
const CONDITIONAL = wanted({ known: KNOWN })
const RANGED = wanted({ known: KNOWN, fromByte: 4 })
const HEAD = wanted({ method: 'HEAD' })
const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = 'Transfer-Encoding: chunked'
const IMPROPER = 'origin-protocol'
const FILLER = 'X-Filler: 1\r\n'

type Case = readonly [title: string, sent: string, told: string, request?: object]

/** `content 5`: a body of five bytes whose end is certain; `content 5 open`: whose end is not. */
const ANSWERS: readonly Case[] = [
  ['a length and as many bytes', `${OK}Content-Length: 5\r\n\r\nabcde`, 'content 5'],
  ['a length of nothing', `${OK}Content-Length: 0\r\n\r\n`, 'content 0'],
  ['chunks to their end', `${OK}${CHUNKED}\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`, 'content 5'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nabcde', 'content 5'],
  ['no framing at all', `${OK}\r\nabcde`, 'content 5 open'],
  ['a few 1xx first',
    `HTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 103 X\r\n\r\n${OK}Content-Length: 1\r\n\r\na`, 'content 1'],
  ['bytes behind the length', `${OK}Content-Length: 5\r\n\r\nabcdeXYZ`, 'content 5'],
  ['a second response behind the first',
    `${OK}Content-Length: 1\r\n\r\na${OK}Content-Length: 1\r\n\r\nb`, 'content 1'],
  ['fewer bytes than the length', `${OK}Content-Length: 50\r\n\r\nabcde`, 'origin-cut'],
  ['fewer bytes, and close was announced',
    `${OK}Connection: close\r\nContent-Length: 50\r\n\r\nabcde`, 'origin-cut'],
  ['no last chunk', `${OK}${CHUNKED}\r\n\r\n5\r\nabcde\r\n`, 'origin-cut'],
  ['no last chunk, and close was announced',
    `${OK}Connection: close\r\n${CHUNKED}\r\n\r\n5\r\nabcde\r\n`, 'origin-cut'],
  ['a bad chunk size', `${OK}${CHUNKED}\r\n\r\n5\r\nabcde\r\nzz\r\n`, IMPROPER],
  ['a length and chunks', `${OK}Content-Length: 5\r\n${CHUNKED}\r\n\r\n0\r\n\r\n`,
    IMPROPER],
  ['two lengths', `${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde`, IMPROPER],
  ['a list of lengths', `${OK}Content-Length: 5, 5\r\n\r\nabcde`, IMPROPER],
  ['a negative length', `${OK}Content-Length: -5\r\n\r\nabcde`, IMPROPER],
  ['an empty length', `${OK}Content-Length: \r\n\r\nabcde`, IMPROPER],
  ['an enormous length', `${OK}Content-Length: 99999999999999999999\r\n\r\nabcde`, IMPROPER],
  ['a coding after chunked', `${OK}${CHUNKED}, identity\r\n\r\n0\r\n\r\n`,
    IMPROPER],
  ['the coding gzip', `${OK}Transfer-Encoding: gzip\r\n\r\nabcde`, IMPROPER],
  ['the coding gzip, chunked', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    IMPROPER],
  ['the coding identity', `${OK}Transfer-Encoding: identity\r\n\r\nabcde`, IMPROPER],
  ['chunks in HTTP/1.0',
    `HTTP/1.0 200 OK\r\n${CHUNKED}\r\n\r\n1\r\na\r\n0\r\n\r\n`, IMPROPER],
  ['a bare LF', `${OK}X: a\nY: b\r\nContent-Length: 0\r\n\r\n`, IMPROPER],
  ['a folded line', `${OK}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`, IMPROPER],
  ['a NUL in a value', `${OK}X: a\0b\r\nContent-Length: 0\r\n\r\n`, IMPROPER],
  ['a control character in a value', `${OK}X: a\x01b\r\nContent-Length: 0\r\n\r\n`, IMPROPER],
  ['a bare CR', `${OK}X: a\rb\r\nContent-Length: 0\r\n\r\n`, IMPROPER],
  ['a space before the colon', `${OK}X : a\r\nContent-Length: 0\r\n\r\n`, IMPROPER],
  ['a line without a colon', `${OK}nonsense\r\nContent-Length: 0\r\n\r\n`, IMPROPER],
  ['a field of 17 KiB', `${OK}X: ${'a'.repeat(17 * 1024)}\r\n\r\n`, IMPROPER],
  ['too many fields', `${OK}${FILLER.repeat(300)}Cache-Control: private\r\n\r\n`, IMPROPER],
  ['status 99', 'HTTP/1.1 99 X\r\nContent-Length: 0\r\n\r\n', IMPROPER],
  ['status 000', 'HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n', IMPROPER],
  ['status 999', 'HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n', IMPROPER],
  ['status 1000', 'HTTP/1.1 1000 X\r\nContent-Length: 0\r\n\r\n', IMPROPER],
  ['no status', 'HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n', IMPROPER],
  ['HTTP/2.0', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n', IMPROPER],
  ['HTTP/0.9', 'just a body', IMPROPER],
  ['an unasked 100', `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 0\r\n\r\n`, IMPROPER],
  ['an unasked 101', 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', IMPROPER],
  ['eleven 1xx', 'HTTP/1.1 103 Hints\r\n\r\n'.repeat(11), IMPROPER],
  ['a part that calls itself the whole',
    `${OK}Content-Length: 5\r\nContent-Range: 0-4/5\r\n\r\nabcde`, IMPROPER],
  ['an unasked 206',
    'HTTP/1.1 206 P\r\nContent-Length: 1\r\nContent-Range: bytes 0-0/1\r\n\r\na', IMPROPER],
  ['an unasked 304', 'HTTP/1.1 304 N\r\n\r\n', IMPROPER],
  ['a 204', 'HTTP/1.1 204 N\r\n\r\n', 'origin-status'],
  ['a redirect',
    'HTTP/1.1 307 T\r\nLocation: http://evil/\r\nContent-Length: 0\r\n\r\n', 'origin-status'],
  ['nothing', '', 'origin-reset'],
  ['half a status line', 'HTTP/1.1 2', 'origin-reset'],
  ['half a head', `${OK}Content-Le`, 'origin-reset'],
  ['a 304 with a body', 'HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n<a/>\n', 'not-modified',
    CONDITIONAL],
  ['a 304 without one', 'HTTP/1.1 304 N\r\nETag: "one"\r\n\r\n', 'not-modified', CONDITIONAL],
  ['a 200 to a condition', `${OK}Content-Length: 1\r\n\r\na`, 'content 1', CONDITIONAL],
  ['the rest', 'HTTP/1.1 206 P\r\nContent-Length: 6\r\nContent-Range: bytes 4-9/10\r\n\r\nefghij',
    'content 6', RANGED],
  ['the rest, its end open', 'HTTP/1.1 206 P\r\nContent-Range: bytes 4-9/10\r\n\r\nefghij',
    'content 6', RANGED],
  ['the rest, cut, its end open', 'HTTP/1.1 206 P\r\nContent-Range: bytes 4-9/10\r\n\r\nefg',
    'origin-cut', RANGED],
  ['another part',
    'HTTP/1.1 206 P\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/10\r\n\r\nfghij',
    IMPROPER, RANGED],
  ['less than the rest',
    'HTTP/1.1 206 P\r\nContent-Length: 2\r\nContent-Range: bytes 4-5/10\r\n\r\nef',
    IMPROPER, RANGED],
  ['a part without its unit',
    'HTTP/1.1 206 P\r\nContent-Length: 6\r\nContent-Range: 4-9/10\r\n\r\nefghij',
    IMPROPER, RANGED],
  ['several parts', 'HTTP/1.1 206 P\r\nContent-Type: multipart/byteranges\r\n\r\n',
    IMPROPER, RANGED],
  ['the rest of another version',
    'HTTP/1.1 206 P\r\nETag: "two"\r\nContent-Range: bytes 4-9/10\r\n\r\nefghij',
    'origin-changed', RANGED],
  ['the rest of another length',
    'HTTP/1.1 206 P\r\nContent-Length: 7\r\nContent-Range: bytes 4-10/11\r\n\r\nefghijk',
    'origin-changed', RANGED],
  ['412 to a range', 'HTTP/1.1 412 P\r\nContent-Length: 0\r\n\r\n', 'origin-changed', RANGED],
  ['416 to a range', 'HTTP/1.1 416 P\r\nContent-Length: 0\r\n\r\n', 'origin-changed', RANGED],
  ['the whole instead of the rest', `${OK}Content-Length: 2\r\n\r\nab`, 'content 2', RANGED],
  ['HEAD and a length', `${OK}Content-Length: 50\r\n\r\n`, 'content 0', HEAD],
  ['HEAD and a body', `${OK}Content-Length: 5\r\n\r\nabcde`, 'content 0', HEAD],
  ['HEAD and an error with a body',
    'HTTP/1.1 404 N\r\nContent-Length: 5\r\n\r\nabcde', 'absent', HEAD],
]

t.test('what is sent is understood as what it is', async (t) => {
  let sent = ''
  const server = await startRawOrigin((socket) => {
    // An empty answer is a connection that ends without a word.
    socket.end(Buffer.from(sent, 'latin1'))
  })
  const origin = createOrigin(originSettings([server.url]), { onResponse() {} })
  t.teardown(async () => {
    await origin.close()
    await server.close()
  })
  for (const [title, bytes, told, request] of ANSWERS) {
    sent = bytes
    const fetched = fetchFrom(origin, wanted(request))
    await fetched.done
    const { head, error, body } = fetched
    const ends = fetched.calls.filter((call) => call === 'end' || call === 'error')
    const content = `content ${body.length}${head?.delimited === true ? '' : ' open'}`
    const seen = error?.code ?? (head?.kind === 'content' ? content : head?.kind)
    t.equal(seen, told, error === null ? title : `${title} (${error.detail})`)
    t.equal(ends.length, 1, 'and it ends once')
  }
})

const RESETS: ReadonlyArray<readonly [title: string, sent: string, told: string]> = [
  ['a body whose end only the connection tells', `${OK}\r\nabcde`, 'origin-cut'],
  ['a body with a length', `${OK}Content-Length: 50\r\n\r\nabcde`, 'origin-cut'],
  ['a body in chunks', `${OK}${CHUNKED}\r\n\r\n5\r\nabcde\r\n`, 'origin-cut'],
  ['half a head', `${OK}Content-Le`, 'origin-reset'],
]

t.test('a reset is never the end of a body', async (t) => {
  let sent = ''
  let held: Socket | null = null
  const server = await startRawOrigin((socket) => {
    held = socket
    socket.write(sent)
  })
  const origin = createOrigin(originSettings([server.url]), { onResponse() {} })
  t.teardown(() => server.close())
  for (const [title, bytes, told] of RESETS) {
    sent = bytes
    const fetched = fetchFrom(origin, wanted(), () => held?.resetAndDestroy())
    await server.asked(server.requests.length + 1)
    // Nothing of half a head is passed on, so nothing here tells that it has arrived.
    if (told === 'origin-reset') held!.resetAndDestroy()
    await fetched.done
    t.equal(fetched.error?.code, told, title)
  }
})

t.test('a connection with bytes too many is not used again', async (t) => {
  const server = await startRawOrigin((socket) => {
    socket.write(`${OK}Content-Length: 1\r\n\r\na${OK}Content-Length: 4\r\n\r\nevil`)
  })
  const origin = createOrigin(originSettings([server.url]), { onResponse() {} })
  t.teardown(() => server.close())
  for (const count of [1, 2]) {
    const fetched = fetchFrom(origin)
    await fetched.done
    t.equal(fetched.body.toString(), 'a')
    t.equal(server.accepted, count)
  }
  await origin.close()
})

t.test('a head that comes byte by byte is a head', async (t) => {
  const answer = `${OK}Content-Length: 5\r\n\r\nabcde`
  const server = await startRawOrigin(async (socket) => {
    socket.setNoDelay(true)
    for (const byte of answer) {
      await new Promise((resolve) => { socket.write(byte, resolve) })
    }
  })
  const origin = createOrigin(originSettings([server.url]), { onResponse() {} })
  t.teardown(() => server.close())
  const fetched = fetchFrom(origin)
  await fetched.done
  t.equal(fetched.body.toString(), 'abcde')
  await origin.close()
})
