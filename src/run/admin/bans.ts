/**
 * Bans by way of the admin listener: who may, what is meant, and what is said when it holds. What
 * is hard is that an acknowledgement is a promise: it is given once everything is durable, and
 * never for a part of what was asked.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import type { Cache } from '../../act/cache/cache.ts'
import { banText } from '../../decide/bans/concerns.ts'
import type { Nowhere } from '../../decide/bans/targets.ts'
import { HauloutError } from '../../errors.ts'
import type { Answer } from './answer.ts'
import { banOf, bansShown, purgeOf, type Answering, type Invalidation } from './invalidate.ts'

export type BanControl = {
  /** Null, or why whoever shows this Authorization may not ban. */
  refuse(authorization: string | undefined): Answer | null
  /** `text` is what was sent; null for what is too long or did not arrive. */
  purge(text: string | null): Promise<Answer>
  ban(text: string | null): Promise<Answer>
  list(): object
}

const TEXT = 'text/plain; charset=utf-8'
const TOO_LONG = { fault: 'the body is too long' }

/** Bans in this cache, by the configuration that `answering` gives at the moment. */
export function createBanControl(
  cache: Pick<Cache, 'ban' | 'bans'>, answering: () => Answering,
): BanControl {
  async function apply(meant: Invalidation | Nowhere): Promise<Answer> {
    if ('fault' in meant) return answer(400, `bad request: ${meant.fault}`)
    const { about, soft } = meant
    try {
      await Promise.all(about.map((one) => cache.ban(one, soft)))
    } catch (error) {
      if (!(error instanceof HauloutError)) throw error
      return answer(error.status, error.detail)
    }
    const what = soft ? 'made stale' : 'banned'
    return answer(200, about.map((one) => `${what}: ${banText(one)}`).join('\n'))
  }

  return {
    refuse(authorization) {
      const { settings, parts } = answering()
      const { token } = settings.admin
      if (token === null) return answer(403, 'forbidden: the configuration has no admin.token')
      const [, shown] = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization ?? '') ?? []
      const digest = hash('sha256', shown ?? '', 'buffer')
      if (shown !== undefined && timingSafeEqual(digest, parts.passwords.secret(token))) return null
      const text = shown === undefined ? 'a token is asked for' : 'this is not the token'
      return { ...answer(401, `unauthorized: ${text}`), challenge: 'Bearer realm="haulout"' }
    },
    purge: (text) => apply(text === null ? TOO_LONG : purgeOf(text, answering())),
    ban: (text) => apply(text === null ? TOO_LONG : banOf(text)),
    list: () => bansShown(cache.bans()),
  }
}

function answer(status: number, text: string): Answer {
  return { status, type: TEXT, text: `${text}\n` }
}
