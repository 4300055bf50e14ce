/**
 * The operational log: what an operator should know that is not an exchange. One line of text on
 * standard error for each message. A message that repeats is held back and counted, since a full
 * disk or a dead origin fails a thousand times a second.
 */
export type Log = {
  info(text: string): void
  /** `kind` names what repeats; it comes from the program, never from a client. */
  warn(kind: string, text: string): void
  error(kind: string, text: string): void
}

type Repeats = { count: number; readonly level: string; last: string }

/** After a message of a kind, others of its kind are only counted for so long. */
const QUIET_MS = 10_000

/** Makes a log that writes whole lines to `output`; `quietMs` is for tests. */
export function createLog(
  output: { write(text: string): unknown }, quietMs: number = QUIET_MS,
): Log {
  const quiet = new Map<string, Repeats>()

  function print(level: string, text: string): void {
    output.write(`${new Date().toISOString()} ${level}: ${oneLine(text)}\n`)
  }

  function endQuiet(kind: string): void {
    const { count, level, last } = quiet.get(kind)!
    quiet.delete(kind)
    if (count === 1) printLimited(level, kind, last)
    if (count > 1) printLimited(level, kind, `${last} (and ${count - 1} more like it)`)
  }

  function printLimited(level: string, kind: string, text: string): void {
    const repeats = quiet.get(kind)
    if (repeats !== undefined) {
      repeats.count++
      repeats.last = text
      return
    }
    print(level, text)
    quiet.set(kind, { count: 0, level, last: '' })
    setTimeout(endQuiet, quietMs, kind).unref()
  }

  return {
    info: (text) => print('info', text),
    warn: (kind, text) => printLimited('warning', kind, text),
    error: (kind, text) => printLimited('error', kind, text),
  }
}

/** A stack or a store's message must not pass for several messages. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/\s*[\n\r]\s*/g, ' | ').replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}
