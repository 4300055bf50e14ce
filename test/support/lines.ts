/**
 * What tap prints, in lines that suit a terminal and a log alike: one for each file, all of a
 * failure, and tap's own closing lines. Passing assertions are left out; tap keeps its raw output,
 * with them, in `.tap/test-results`.
 */
import { Transform } from 'node:stream'

/** A reporter for tap: raw TAP in, lines out. */
export default class Lines extends Transform {
  #rest = ''
  /** Indentation of the failed assertion whose details are being printed; -1 for none. */
  #failed = -1

  override _transform(bytes: Buffer, _encoding: string, done: () => void): void {
    const lines = (this.#rest + bytes.toString()).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) if (this.#shows(line)) this.push(`${line}\n`)
    done()
  }

  override _flush(done: () => void): void {
    if (this.#shows(this.#rest)) this.push(`${this.#rest}\n`)
    done()
  }

  #shows(line: string): boolean {
    const indent = line.search(/\S/)
    if (indent === -1) return false
    if (/^\s*not ok /.test(line) && !/# (?:TODO|SKIP)/.test(line)) {
      this.#failed = indent
      return true
    }
    if (this.#failed !== -1 && indent > this.#failed) return true
    this.#failed = -1
    return /^(?:ok |Bail out!|# time=)|^\s*# (?!Subtest|time=)/.test(line)
  }
}
