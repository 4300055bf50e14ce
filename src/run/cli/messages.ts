import { ERRORS, HauloutError } from '../../errors.ts'
import type { Address } from '../../model/settings.ts'

/** Why an address cannot be listened on, by the system's code. */
const LISTEN: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'ports below 1024 need root or CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'this name has no address',
  EAI_AGAIN: 'the name cannot be looked up now',
}

/** An error in words for whoever typed the command; without a stack, which would help nobody. */
export function messageOf(error: HauloutError): string {
  // A report on a configuration names its file and lines itself.
  if (error.code === 'config') return error.detail
  if (error.code === 'usage') return `haulout: ${error.detail}`
  if (error.code === 'listen') return `haulout: ${listenMessage(error)}`
  return `haulout: ${ERRORS[error.code].help}: ${error.detail}`
}

function listenMessage(error: HauloutError): string {
  const { code } = error.cause as NodeJS.ErrnoException
  const why = code === undefined ? undefined : LISTEN[code]
  if (why === undefined) return `cannot listen on ${error.detail}`
  // The first line is the address and then the system's words, which the table has said better.
  const [found, ...advice] = error.detail.split('\n')
  const address = found!.slice(0, found!.indexOf(': '))
  return [`cannot listen on ${address}: ${why}`, ...advice].join('\n')
}

/** An address as a URL. */
export function urlOf({ host, port }: Address): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
