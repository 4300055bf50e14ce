import type { Fault } from './segment.ts'

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const NAME = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`)

/**
 * Reads one pattern of `match.host`: a name, an address, or `*.example.org` for every name below
 * example.org, however deep. Lower case comes back, as `Target.host` has it.
 */
export function parseHost(text: string): string | Fault {
  const host = text.toLowerCase()
  if (NAME.test(host) || /^\[[0-9a-f:.]+\]$/.test(host)) return host
  if (host === '*') {
    return { message: '`*` matches any host, as no `host` at all does', advice: 'leave `host` out' }
  }
  if (/:\d*$/.test(host)) {
    return {
      message: 'a port takes no part in matching',
      advice: `write "${host.replace(/:\d*$/, '')}"`,
    }
  }
  if (host.includes('*')) {
    return {
      message: '`*` stands for whole names at the beginning of a host only',
      advice: 'write e.g. "*.example.org"',
    }
  }
  return { message: 'this cannot be the host of a request', advice: 'write e.g. dl.example.org' }
}
