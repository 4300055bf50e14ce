export type WatchLimits = {
  readonly firstByteMs: number
  readonly idleMs: number
  /** What a body must come with; 0 where it may be as slow as it likes. */
  readonly bytesPerSecond: number
}

/** Looks after one answer. After `stop`, and after having expired, it does nothing. */
export type Watch = {
  /** Nothing more of the request's body is taken: that has to change within `idleMs`. */
  awaitDrain(): void
  drained(): void
  /** The request has been sent: the whole head has to be there within `firstByteMs`. */
  awaitHead(): void
  /** A body begins: from now on `bytes` must be called. */
  awaitBody(): void
  /** A small body begins, and all of it has to be there within `idleMs`. */
  awaitDocument(): void
  bytes(count: number): void
  /** The reader wants no bytes: silence is not the origin's fault. */
  pause(): void
  resume(): void
  stop(): void
}

/** What did not come in time. */
export type Awaited = 'drain' | 'head' | 'body'

/** Windows of so many idle periods are held to the minimum rate. */
const RATE_PERIODS = 3

/**
 * Time limits of one answer. What is hard: silence counts only while we are listening, and a
 * process that was busy elsewhere must not take its own delay for the origin's, so an expired timer
 * gives the sockets one more turn to speak up.
 *
 * @param onExpired called once: no head in time, silence in the body, or less than the minimum
 *   rate; or a request that is not taken
 */
export function createWatch(
  limits: WatchLimits, onExpired: (what: Awaited) => void,
): Watch {
  let timer: NodeJS.Timeout | undefined
  let events = 0
  let rate: Rate | null = null

  function start(what: Awaited, ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const before = events
      setImmediate(() => { if (events === before) expire(what) })
    }, ms)
  }

  function stop(): void {
    clearTimeout(timer)
    events += 1
    rate = null
  }

  function expire(what: Awaited): void {
    stop()
    onExpired(what)
  }

  return {
    stop,
    awaitDrain: () => start('drain', limits.idleMs),
    drained() {
      events += 1
      clearTimeout(timer)
    },
    awaitHead: () => start('head', limits.firstByteMs),
    awaitDocument() {
      events += 1
      start('body', limits.idleMs)
    },
    awaitBody() {
      events += 1
      rate = new Rate(RATE_PERIODS * limits.idleMs, limits.bytesPerSecond)
      start('body', limits.idleMs)
    },
    bytes(count) {
      if (rate === null) return
      events += 1
      timer?.refresh()
      if (rate.tooSlow(count)) expire('body')
    },
    pause() {
      if (rate === null) return
      events += 1
      clearTimeout(timer)
      rate.pause()
    },
    resume() {
      if (rate === null) return
      rate.resume()
      start('body', limits.idleMs)
    },
  }
}

/** Bytes over the time spent listening, one window after the other. */
class Rate {
  readonly #windowMs: number
  readonly #bytesPerSecond: number
  #listenedMs = 0
  #sinceMs = performance.now()
  #count = 0
  #paused = false

  constructor(windowMs: number, bytesPerSecond: number) {
    this.#windowMs = windowMs
    this.#bytesPerSecond = bytesPerSecond
  }

  tooSlow(count: number): boolean {
    this.#count += count
    if (this.#paused) return false
    const elapsedMs = this.#listenedMs + performance.now() - this.#sinceMs
    if (elapsedMs < this.#windowMs) return false
    const slow = this.#count < (elapsedMs / 1000) * this.#bytesPerSecond
    this.#count = 0
    this.#listenedMs = 0
    this.#sinceMs = performance.now()
    return slow
  }

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#listenedMs += performance.now() - this.#sinceMs
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#sinceMs = performance.now()
  }
}
