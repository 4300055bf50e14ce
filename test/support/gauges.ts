/** What the admin listener of a house says in numbers. */
import { ask } from './client.ts'
import type { House } from './house.ts'

/** The sum of a metric over all its labels that match `label`, e.g. `tier="disk"`. */
export async function gauge(house: House, name: string, label = ''): Promise<number> {
  const { body } = await ask(house.worker.adminAddress!, { path: '/metrics' })
  let sum = 0
  for (const line of body.toString().split('\n')) {
    const found = /^(\w+)(\{[^}]*\})? (\S+)$/.exec(line)
    if (found !== null && found[1] === name && (found[2] ?? '').includes(label)) {
      sum += Number(found[3])
    }
  }
  return sum
}

/** Resolves when no flight is running any more, and its response, if stored, can be found. */
export async function landedAll(house: House): Promise<void> {
  while (await gauge(house, 'haulout_flights_running') > 0);
}
