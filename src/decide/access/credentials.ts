import { PASSWORD_BYTES } from '../../limits.ts'

/** What a client claims to be, and how it would prove it. */
export type Credentials = { readonly user: string; readonly password: string }

/** A longer name is nobody's. */
const USER_BYTES = 255

/**
 * The user and the password of an Authorization field (RFC 7617 §2); null when there are none, or
 * none that could be right. What is not UTF-8 is not what the challenge asked for, and a name or a
 * password with control characters in it is none.
 */
export function credentialsOf(authorization: string | null): Credentials | null {
  const token = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) return null
  const bytes = Buffer.from(token, 'base64')
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
  const colon = text.indexOf(':')
  if (colon < 1 || /\p{Cc}/u.test(text)) return null
  const user = text.slice(0, colon)
  const password = text.slice(colon + 1)
  if (Buffer.byteLength(user) > USER_BYTES) return null
  return Buffer.byteLength(password) > PASSWORD_BYTES ? null : { user, password }
}
