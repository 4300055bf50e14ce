/**
 * What the system and our own mistakes tell the process: signals, and rejections nobody caught.
 * What is hard about it: a bug must end the process, or it serves in a state nobody thought of; but
 * LMDB rejects promises of its own, out of anybody's reach, when a disk is full, and that must not.
 */
import type { Log } from '../../act/observe/log.ts'

export type Watch = {
  /** Resolves at the first SIGTERM or SIGINT, or when a bug shows. */
  readonly stopped: Promise<void>
  /** 0, or 1 when a bug has shown. */
  readonly code: number
  /** Called for every SIGHUP; until it is set, SIGHUP does nothing. */
  onHangup: (() => void) | null
  /** Gives the signals back to the system. */
  release(): void
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Starts watching. A second signal to stop ends the process at once, with 1. */
export function watchProcess(log: Log): Watch {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  let signals = 0
  const watch = { stopped, code: 0, onHangup: null as (() => void) | null, release }

  function onSignal(signal: NodeJS.Signals): void {
    signals++
    if (signals > 1) process.exit(1)
    log.info(`${signal}: draining; once more ends it at once`)
    stop()
  }
  function onHangup(): void {
    watch.onHangup?.()
  }
  function onBug(reason: unknown): void {
    log.error('bug', `${stackOf(reason)}; draining`)
    watch.code = 1
    stop()
  }
  function onRejection(reason: unknown): void {
    // The disk tier has seen the same failure in the promise that it holds, and reports it.
    if (!isDiskRejection(reason)) onBug(reason)
  }
  function release(): void {
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal)
    process.off('SIGHUP', onHangup)
    process.off('uncaughtException', onBug)
    process.off('unhandledRejection', onRejection)
  }

  for (const signal of STOP_SIGNALS) process.on(signal, onSignal)
  process.on('SIGHUP', onHangup)
  process.on('uncaughtException', onBug)
  process.on('unhandledRejection', onRejection)
  return watch
}

/**
 * Whether a rejection is one of the two that lmdb leaves behind after a commit that failed: the
 * error of the commit, which carries LMDB's or the system's code as a number where Node's own
 * errors have names, and the error that refers to it by `commitError`.
 */
export function isDiskRejection(reason: unknown): boolean {
  if (!(reason instanceof Error)) return false
  if ('commitError' in reason) return reason.commitError instanceof Promise
  if (!('code' in reason) || !Number.isInteger(reason.code)) return false
  return /[\\/]node_modules[\\/]lmdb[\\/]/.test(reason.stack ?? '')
}

function stackOf(reason: unknown): string {
  return reason instanceof Error ? reason.stack ?? reason.message : String(reason)
}
