/**
 * The access log: one line per exchange. Lines are gathered and written together, because a write
 * costs more than all the lines in it.
 */
import { fstatSync, openSync } from 'node:fs'
import { HauloutError } from '../../errors.ts'
import { LOG_BATCH_BYTES, LOG_FLUSH_MS } from '../../limits.ts'
import type { ExchangeRecord } from '../../model/outcome.ts'
import type { LogSettings } from '../../model/settings.ts'
import { combinedLine, jsonLine } from './lines.ts'
import { LOG_FILE_MODE, createFileSink, createStreamSink, type LogSink } from './log-sink.ts'

export type AccessLog = {
  write(record: ExchangeRecord): void
  /** For SIGHUP: the file is closed and its path opened again, so that it can be rotated. */
  reopen(): void
  /** Writes what was gathered; lines that come later are dropped. */
  close(): Promise<void>
  /** Lines that could not be written since the start. */
  readonly dropped: number
}

/** A log that can be exchanged for another one while lines keep coming. */
export type LogSwitch = AccessLog & {
  /** Lines go to `next` from now on; the log before it writes what it has, and is closed. */
  switchTo(next: AccessLog): void
}

const STDOUT = 1

/**
 * Opens the access log. `warn` is told about trouble at run time, a sentence each time.
 * @throws HauloutError `config` when the file cannot be opened.
 */
export function openAccessLog(
  settings: LogSettings['access'], warn: (text: string) => void,
): AccessLog {
  if (settings.format === 'off') return createSilentLog()
  const line = settings.format === 'json' ? jsonLine() : combinedLine()
  return createLog(line, openSink(settings.path, warn))
}

/** Puts a switch in front of a log; `warn` is told when a log that was left cannot be closed. */
export function createLogSwitch(first: AccessLog, warn: (text: string) => void): LogSwitch {
  let current = first
  /** Of the logs that were left: their lines must not be uncounted with them. */
  let dropped = 0
  let leaving: Promise<unknown> = Promise.resolve()

  async function leave(old: AccessLog): Promise<void> {
    try {
      await old.close()
    } catch (error) {
      warn(`the access log that was left cannot be closed: ${String(error)}`)
    }
    dropped += old.dropped
  }

  return {
    write: (record) => current.write(record),
    reopen: () => current.reopen(),
    switchTo(next) {
      const old = current
      current = next
      leaving = Promise.all([leaving, leave(old)])
    },
    async close() {
      await Promise.all([leaving, current.close()])
    },
    get dropped() {
      return dropped + current.dropped
    },
  }
}

function openSink(path: string | null, warn: (text: string) => void): LogSink {
  if (path !== null) return createFileSink({ fd: openLogFile(path), path, warn })
  // Where standard output is a file, node's own stream would write while everything waits.
  if (fstatSync(STDOUT).isFile()) return createFileSink({ fd: STDOUT, path: null, warn })
  return createStreamSink(process.stdout, warn)
}

function openLogFile(path: string): number {
  try {
    return openSync(path, 'a', LOG_FILE_MODE)
  } catch (error) {
    throw new HauloutError('config', `log.access.path: ${path} cannot be opened: ${String(error)}`,
      error)
  }
}

function createSilentLog(): AccessLog {
  return { write() {}, reopen() {}, close: () => Promise.resolve(), dropped: 0 }
}

function createLog(line: (record: ExchangeRecord) => string, sink: LogSink): AccessLog {
  const batch = createBatch((bytes) => sink.write(bytes))
  let timer: NodeJS.Timeout | null = null
  let closed = false
  let late = 0

  function flush(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    batch.flush()
  }

  return {
    write(record) {
      if (closed) {
        late++
        return
      }
      batch.add(line(record))
      timer ??= setTimeout(flush, LOG_FLUSH_MS).unref()
    },
    reopen() {
      flush()
      sink.reopen()
    },
    close() {
      flush()
      closed = true
      return sink.close()
    },
    get dropped() {
      return sink.dropped + late
    },
  }
}

/** A UTF-16 unit is at most three bytes of UTF-8. */
const UTF8_BYTES = 3
/**
 * Room for lines beyond the threshold, so that they need not be measured before they are written.
 */
const ROOM_BYTES = 2 * LOG_BATCH_BYTES

/**
 * Gathers lines as bytes: each is written where it will leave from, because a rope of strings is
 * paid for twice. Hands the bytes on when they are full, or at `flush`.
 */
function createBatch(handOn: (bytes: Buffer) => void) {
  let bytes = Buffer.allocUnsafeSlow(ROOM_BYTES)
  let filled = 0

  function flush(): void {
    if (filled === 0) return
    handOn(bytes.subarray(0, filled))
    bytes = Buffer.allocUnsafeSlow(ROOM_BYTES)
    filled = 0
  }

  return {
    flush,
    add(text: string): void {
      const most = text.length * UTF8_BYTES
      if (filled + most > ROOM_BYTES) flush()
      if (most > ROOM_BYTES) handOn(Buffer.from(text))
      else filled += bytes.write(text, filled)
      if (filled >= LOG_BATCH_BYTES) flush()
    },
  }
}
