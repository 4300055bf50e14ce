import { HauloutError } from '../../src/errors.ts'

/** The report of what is wrong with a configuration; empty when `make` does not complain. */
export function complaint(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (error instanceof HauloutError && error.code === 'config') return error.detail
    throw error
  }
  return ''
}
