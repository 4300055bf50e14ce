/** Clients: each request is one run of curl, and its body lands in a file, whatever its size. */
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export type Reply = {
  /** curl's exit code: 0 for a whole response, 18 for a body that was cut. */
  readonly exit: number
  readonly status: number
  /** Names in lower case. */
  readonly fields: Readonly<Record<string, string | undefined>>
  readonly bytes: number
  readonly sha256: string
  /** The beginning of the body, for reading. */
  readonly text: string
}

/** Runs curl on a URL, sent exactly as it is written, with more of curl's options if given. */
export async function curl(url: string, ...options: readonly string[]): Promise<Reply> {
  const base = join(tmpdir(), `haulout-curl-${randomUUID()}`)
  const [head, body] = [`${base}.head`, `${base}.body`]
  const words = ['-sS', '-g', '--path-as-is', '-D', head, '-o', body, ...options, url]
  const child = spawn('curl', words, { stdio: ['ignore', 'ignore', 'inherit'] })
  const exit = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code ?? -1))
  })
  try {
    const [first = '', ...lines] = (await readFile(head, 'latin1').catch(() => '')).split('\r\n')
    const fields = lines.filter((line) => line.includes(':')).map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    })
    const status = Number(first.split(' ')[1] ?? 0)
    return { exit, status, fields: Object.fromEntries(fields), ...await digestFile(body) }
  } finally {
    await rm(head, { force: true })
    await rm(body, { force: true })
  }
}

async function digestFile(path: string): Promise<Pick<Reply, 'bytes' | 'sha256' | 'text'>> {
  const digest = createHash('sha256')
  let bytes = 0
  let text = ''
  await pipeline(createReadStream(path), async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      if (text.length < 1000) text += chunk.toString('utf8', 0, 1000)
      digest.update(chunk)
      bytes += chunk.length
    }
  }).catch((error: NodeJS.ErrnoException) => {
    // curl makes no file for an empty body.
    if (error.code !== 'ENOENT') throw error
  })
  return { bytes, sha256: digest.digest('hex'), text }
}
