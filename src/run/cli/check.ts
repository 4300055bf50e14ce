import { checkFile, wordsOf } from '../config/checked.ts'
import { EXIT } from './commands.ts'

/**
 * `haulout check`: says on standard output what a good configuration holds.
 * @throws HauloutError `config` with the report on a bad one.
 */
export function check(file: string): number {
  process.stdout.write(`${file}: ok - ${wordsOf(checkFile(file).check)}\n`)
  return EXIT.ok
}
