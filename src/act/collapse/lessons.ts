/**
 * What flights have taught about keys. What is hard about it: whether a response may be shared, and
 * by whom, is known only when its head is there, and until then those who ask for it wait for each
 * other. So what one flight has shown is remembered: who asks for what could not be shared does not
 * wait again, and who asks for another variant waits only for its like.
 */
import { LESSONS, UNSHARED_MS, UNSHARED_TROUBLE_MS } from '../../limits.ts'

export type Lessons = {
  /** Whether everybody has to ask for this key alone, at `now` (epoch ms). */
  isUnshared(key: string, now: number): boolean
  /** Whether its responses are too large to be stored, so that a part had better be asked for. */
  isLarge(key: string): boolean
  /** The fields of requests that select its responses, as far as is known. */
  namesOf(key: string): readonly string[]
  /** A response came: shared by those alike in `names`, or, with null, by nobody. */
  learn(key: string, names: readonly string[] | null, of: Learnt): void
}

/** What has come, and when (epoch ms). */
type Learnt = { readonly status: number; readonly large: boolean; readonly now: number }

type Lesson = {
  readonly untilAt: number
  readonly names: readonly string[]
  readonly large: boolean
}

/** Nothing learnt so far. */
export function createLessons(): Lessons {
  const learnt = new Map<string, Lesson>()
  return {
    isUnshared: (key, now) => (learnt.get(key)?.untilAt ?? 0) > now,
    namesOf: (key) => learnt.get(key)?.names ?? [],
    isLarge: (key) => learnt.get(key)?.large === true,
    learn(key, names, { status, large, now }) {
      const before = learnt.get(key)
      if (names !== null && names.length === 0 && !large) {
        learnt.delete(key)
        return
      }
      // An origin in trouble says nothing about what it will say when it is well again.
      const unsharedMs = status >= 500 ? UNSHARED_TROUBLE_MS : UNSHARED_MS
      const lesson = names === null
        ? { untilAt: now + unsharedMs, names: before?.names ?? [], large }
        : { untilAt: 0, names, large }
      learnt.delete(key)
      learnt.set(key, lesson)
      if (learnt.size > LESSONS) learnt.delete(learnt.keys().next().value!)
    },
  }
}
