/**
 * What `/explain` is asked: a request, as JSON. It comes from whoever reaches the admin listener,
 * so it is read as strictly as anything from outside.
 */
import { isIP } from 'node:net'
import { isFieldValue, isToken } from '../../decide/http/headers.ts'
import type { Question } from '../process/explain.ts'

/** What is wrong with a question, for whoever asked. */
export type Misunderstood = { readonly fault: string }

const KEYS = ['method', 'url', 'headers', 'client', 'user', 'at']

/**
 * Reads `{"url": …, "method"?, "headers"?: {name: value or [values]}, "client"?, "user"?, "at"?}`.
 * `at` is an instant in ISO 8601.
 */
export function questionOf(text: string): Question | Misunderstood {
  const read = objectOf(text)
  if (read === null) return { fault: 'the body must be a JSON object, e.g. {"url": "http://…"}' }
  const unknown = Object.keys(read).find((key) => !KEYS.includes(key))
  if (unknown !== undefined) {
    return { fault: `unknown key ${JSON.stringify(unknown)}; there are ${KEYS.join(', ')}` }
  }
  const { method = 'GET', url, headers = {}, client, user, at } = read
  if (typeof url !== 'string' || url === '') return { fault: '`url` must be a URL or a path' }
  const fields = fieldsOf(headers)
  if (fields === null) return { fault: '`headers` must be texts, or lists of them, by name' }
  if (typeof method !== 'string') return { fault: '`method` must be a text' }
  if (client !== undefined && (typeof client !== 'string' || isIP(client) === 0)) {
    return { fault: '`client` must be an IP address' }
  }
  if (user !== undefined && (typeof user !== 'string' || user === '' || /[:\p{Cc}]/u.test(user))) {
    return { fault: '`user` must be the name of a user' }
  }
  const instant = at === undefined ? undefined : instantOf(at)
  if (instant === null) return { fault: '`at` must be an instant, e.g. 2027-01-01T00:00:00Z' }
  return { method, url, fields, client, user, ...instant !== undefined && { at: instant } }
}

/** Epoch ms of a text in ISO 8601; null for anything else. */
export function instantOf(text: unknown): number | null {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : at
}

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(text)
    return isRecord(read) ? read : null
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As they would come over the wire. */
function fieldsOf(headers: unknown): string[] | null {
  if (!isRecord(headers)) return null
  const fields: string[] = []
  for (const [name, value] of Object.entries(headers)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (!isToken(name)) return null
    for (const one of values) {
      if (typeof one !== 'string' || !isFieldValue(one)) return null
      fields.push(name, one.trim())
    }
  }
  return fields
}
