/**
 * Where the lines of the access log go: a file, or a stream such as a piped standard output. What
 * is hard about it: neither may ever hold up or break serving. So writing is asynchronous, what
 * waits is bounded in bytes, and what cannot be written is counted and forgotten.
 */
import { close as closeFile, open as openFile, write as writeFile } from 'node:fs'
import type { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { LOG_QUEUE_BYTES } from '../../limits.ts'

export type LogSink = {
  /** Takes whole lines; the bytes are the sink's from now on. */
  write(bytes: Buffer): void
  /** Closes the file and opens its path again, after the lines taken so far. */
  reopen(): void
  /** Resolves when all lines taken so far are written or given up. */
  close(): Promise<void>
  /** Lines given up. */
  readonly dropped: number
}

export type LogFile = {
  /** An open descriptor, at the place where to write. */
  readonly fd: number
  /** Where to open the file again; null if that has no meaning, and then `fd` stays open. */
  readonly path: string | null
  /** Is told what is wrong, in one sentence. */
  warn(text: string): void
}

type FileState = {
  fd: number
  /** Whether the file ends amid a line, because the disk became full there. */
  torn: boolean
  /** Whether `empty` is at work; it turns this off in the same turn in which it finds nothing. */
  busy: boolean
  dropped: number
  queuedBytes: number
  readonly queue: Array<Buffer | 'reopen'>
  readonly file: LogFile
}

/** Readable by the group, as the logs in /var/log are; never by others, since URLs tell much. */
export const LOG_FILE_MODE = 0o640

const LINE_BREAK = 0x0a

const open = promisify(openFile)
const write = promisify(writeFile)
const close = promisify(closeFile)

/** Writes to a file, one write at a time, in order. */
export function createFileSink(file: LogFile): LogSink {
  const state: FileState = {
    fd: file.fd, torn: false, busy: false, dropped: 0, queuedBytes: 0, queue: [], file,
  }
  let running = Promise.resolve()

  function start(): void {
    if (!state.busy) running = empty(state)
  }

  return {
    write(bytes) {
      if (state.queuedBytes + bytes.length > LOG_QUEUE_BYTES) {
        state.dropped += countLines(bytes)
        return
      }
      state.queue.push(bytes)
      state.queuedBytes += bytes.length
      start()
    },
    reopen() {
      if (file.path === null) return
      state.queue.push('reopen')
      start()
    },
    async close() {
      await running
      if (file.path !== null) await close(state.fd)
    },
    get dropped() {
      return state.dropped
    },
  }
}

async function empty(state: FileState): Promise<void> {
  state.busy = true
  while (state.queue.length > 0) {
    const lines = takeLines(state.queue)
    if (lines.length > 0) {
      await writeLines(state, lines)
      state.queuedBytes -= lines.length
    } else {
      state.queue.shift()
      await reopenFile(state)
    }
  }
  state.busy = false
}

/** All that waits up to the next reopening: a write takes a turn of the loop, however large. */
function takeLines(queue: Array<Buffer | 'reopen'>): Buffer {
  const batches: Buffer[] = []
  for (let next = queue[0]; next !== undefined && next !== 'reopen'; next = queue[0]) {
    batches.push(next)
    queue.shift()
  }
  return batches.length === 1 ? batches[0]! : Buffer.concat(batches)
}

/** A file that cannot be opened is no reason to lose lines: the old one is kept. */
async function reopenFile(state: FileState): Promise<void> {
  const path = state.file.path!
  try {
    const fd = await open(path, 'a', LOG_FILE_MODE)
    const old = state.fd
    state.fd = fd
    state.torn = false
    await close(old)
  } catch (error) {
    state.file.warn(`the access log ${path} cannot be opened again: ${String(error)}`)
  }
}

async function writeLines(state: FileState, lines: Buffer): Promise<void> {
  const bytes = state.torn ? Buffer.concat([Buffer.of(LINE_BREAK), lines]) : lines
  let at = 0
  try {
    while (at < bytes.length) {
      const { bytesWritten } = await write(state.fd, bytes, at, bytes.length - at)
      at += bytesWritten
    }
    state.torn = false
  } catch (error) {
    if (at > 0) state.torn = bytes[at - 1] !== LINE_BREAK
    state.dropped += countLines(bytes.subarray(at))
    state.file.warn(`the access log cannot be written: ${String(error)}`)
  }
}

/**
 * Writes to a stream, which keeps its own queue. For pipes, sockets and terminals; node writes to
 * a pipe without waiting, which a write by descriptor would do in one of libuv's few threads.
 */
export function createStreamSink(stream: Writable, warn: (text: string) => void): LogSink {
  let dropped = 0
  let waiting = 0
  let onIdle: (() => void) | null = null
  const onError = (error: Error): void => warn(`the access log cannot be written: ${String(error)}`)
  // A reader that left is an error event, which ends the process where nobody listens.
  stream.on('error', onError)

  function written(lines: number, error: Error | null | undefined): void {
    if (error) dropped += lines
    waiting--
    if (waiting === 0) onIdle?.()
  }

  return {
    write(bytes) {
      const lines = countLines(bytes)
      if (stream.destroyed || stream.writableLength + bytes.length > LOG_QUEUE_BYTES) {
        dropped += lines
        return
      }
      waiting++
      stream.write(bytes, (error) => written(lines, error))
    },
    reopen() {},
    async close() {
      if (waiting > 0) await new Promise<void>((resolve) => { onIdle = resolve })
      // The stream outlives this log, and may yet fail: somebody has to listen, but one is enough.
      if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore)
      stream.off('error', onError)
    },
    get dropped() {
      return dropped
    },
  }
}

function ignore(): void {}

function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(LINE_BREAK); at >= 0; at = bytes.indexOf(LINE_BREAK, at + 1)) lines++
  return lines
}
