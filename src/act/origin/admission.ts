import { HauloutError } from '../../errors.ts'
import type { ErrorCode } from '../../errors.ts'

export type AdmissionLimits = {
  readonly connections: number
  readonly queue: number
  readonly queueWaitMs: number
}

/** Whoever wants a place. At most one of the two is called, once, and never from within `enter`. */
export type Visitor = {
  onTurn(): void
  onRefused(error: HauloutError): void
}

/** Gives the place back, or leaves the queue; nothing is called after it. Twice is once. */
export type Ticket = { leave(): void }

export type Admission = {
  enter(visitor: Visitor): Ticket
  /** Resolves when nobody has a place or waits for one. */
  settled(): Promise<void>
  readonly running: number
  readonly waiting: number
}

type Guest = {
  readonly visitor: Visitor
  where: 'place' | 'queue' | 'out'
  timer: NodeJS.Timeout | undefined
}

/**
 * The queue in front of an origin: so many fetches at a time, so many waiting, each only so long.
 * The HTTP client's own queue is unbounded, and what is in it can be neither timed out nor taken
 * back, so nothing may ever get that far.
 *
 * @param name the origin's, for the errors origin-queue-full and origin-queue-wait
 */
export function createAdmission(name: string, limits: AdmissionLimits): Admission {
  const queue = new Set<Guest>()
  const settling: Array<() => void> = []
  let running = 0

  function seat(guest: Guest): void {
    guest.where = 'place'
    clearTimeout(guest.timer)
    queueMicrotask(() => { if (guest.where === 'place') guest.visitor.onTurn() })
  }

  function line(guest: Guest): void {
    queue.add(guest)
    guest.timer = setTimeout(() => {
      queue.delete(guest)
      refuse(guest, 'origin-queue-wait', `${name}: waited ${limits.queueWaitMs} ms`)
    }, limits.queueWaitMs)
  }

  function refuse(guest: Guest, code: ErrorCode, detail: string): void {
    guest.where = 'out'
    guest.visitor.onRefused(new HauloutError(code, detail))
  }

  function leave(guest: Guest): void {
    const { where } = guest
    guest.where = 'out'
    clearTimeout(guest.timer)
    if (where === 'queue') queue.delete(guest)
    if (where === 'place') passOn()
  }

  /** A place that becomes free goes to whoever has waited longest. */
  function passOn(): void {
    const next = queue.values().next().value
    if (next !== undefined) {
      queue.delete(next)
      seat(next)
      return
    }
    running -= 1
    if (running === 0) for (const resolve of settling.splice(0)) resolve()
  }

  function enter(visitor: Visitor): Ticket {
    const guest: Guest = { visitor, where: 'queue', timer: undefined }
    if (running < limits.connections) {
      running += 1
      seat(guest)
    } else if (queue.size < limits.queue) {
      line(guest)
    } else {
      const detail = `${name}: ${running} running, ${queue.size} waiting`
      queueMicrotask(() => {
        if (guest.where !== 'out') refuse(guest, 'origin-queue-full', detail)
      })
    }
    return { leave: () => leave(guest) }
  }

  return {
    enter,
    settled: async () => {
      if (running > 0) await new Promise<void>((resolve) => { settling.push(resolve) })
    },
    get running() { return running },
    get waiting() { return queue.size },
  }
}
