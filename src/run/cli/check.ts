import { readConfig } from '../config/load.ts'
import { EXIT } from './commands.ts'

/**
 * `haulout check`: says on standard output what a good configuration holds.
 * @throws HauloutError `config` with the report on a bad one.
 */
export function check(file: string): number {
  const { rules, origins } = readConfig(file).settings
  const parts = [
    counted(rules.routes.length, 'route'),
    counted(Object.keys(rules.buckets).length, 'bucket'),
    counted(origins.length, 'origin'),
  ]
  process.stdout.write(`${file}: ok - ${parts.join(', ')}\n`)
  return EXIT.ok
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
