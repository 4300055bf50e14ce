/**
 * A file of lines that are on the disk before anybody hears that they were written. What is hard
 * about it: a crash may leave half a line, which nobody was told of and which is no damage; while a
 * whole line that does not prove itself is, and its meaning is lost. Lines that come together are
 * written together, since what takes time is the disk and not the bytes.
 */
import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'

export type Journal = {
  /** Ends when the line is on the disk; rejects with the system's error, and then it is not. */
  append(line: string): Promise<void>
  /** Puts these lines in the place of all others, which stay until that has been done. */
  rewrite(lines: readonly string[]): Promise<void>
  close(): Promise<void>
}

type Waiting = { readonly line: string; done: () => void; failed: (error: unknown) => void }

/** The lines that were in it; `why` some of them cannot be read any more, null when all can. */
type Opened = {
  readonly journal: Journal
  readonly was: readonly string[]
  readonly why: string | null
}

/**
 * Reads the file and goes on behind it; without one, it is made with the first line. One that
 * cannot be read at all is begun anew.
 */
export async function openJournal(path: string): Promise<Opened> {
  let bytes = Buffer.alloc(0)
  let why: string | null = null
  try {
    bytes = await readFile(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') why = message
  }
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)
  const written = whole.toString().split('\n').slice(0, -1)
  const was = written.map(lineOf).filter((line) => line !== null)
  if (was.length < written.length) why = `${written.length - was.length} lines are damaged`
  return { journal: journalAt(path, whole.length), was, why }
}

/** The line behind its checksum; null when it is not what was written. */
function lineOf(record: string): string | null {
  const line = record.slice(9)
  return record === recordOf(line) ? line : null
}

function recordOf(line: string): string {
  return `${crc32(line).toString(16).padStart(8, '0')} ${line}`
}

/** `sizeBytes` of the file are good. */
function journalAt(path: string, sizeBytes: number): Journal {
  let goodBytes = sizeBytes
  let file: FileHandle | null = null
  let waiting: Waiting[] = []
  /** One thing at a time. */
  let last: Promise<unknown> = Promise.resolve()
  let flushing = false

  async function opened(): Promise<FileHandle> {
    if (file !== null) return file
    const handle = await open(path, 'a', 0o600)
    // Whatever stands behind the last whole line was never acknowledged.
    await handle.truncate(goodBytes)
    await syncFolder(path)
    file = handle
    return handle
  }

  async function flush(): Promise<void> {
    flushing = false
    const batch = waiting
    waiting = []
    const bytes = Buffer.from(batch.map(({ line }) => `${recordOf(line)}\n`).join(''))
    try {
      const handle = await opened()
      await handle.appendFile(bytes)
      await handle.datasync()
      goodBytes += bytes.length
      for (const one of batch) one.done()
    } catch (error) {
      // Half of it may be there; it goes when the file is next opened.
      await letGo()
      for (const one of batch) one.failed(error)
    }
  }

  async function letGo(): Promise<void> {
    const handle = file
    file = null
    await handle?.close().catch(() => {})
  }

  async function replace(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(lines.map((line) => `${recordOf(line)}\n`).join(''))
    const beside = `${path}.new`
    const handle = await open(beside, 'w', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } catch (error) {
      await rm(beside, { force: true })
      throw error
    } finally {
      await handle.close()
    }
    await letGo()
    await rename(beside, path)
    goodBytes = bytes.length
    await syncFolder(path)
  }

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = last.then(act)
    last = turn.catch(() => {})
    return turn
  }

  return {
    append: (line) => new Promise((done, failed) => {
      waiting.push({ line, done, failed })
      if (flushing) return
      flushing = true
      void inTurn(flush)
    }),
    rewrite: (lines) => inTurn(() => replace(lines)),
    close: () => inTurn(letGo),
  }
}

/** A file that has just come to its name is durable when the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
