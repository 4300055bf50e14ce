import { createLog, type Log } from '../../act/observe/log.ts'
import type { Settings } from '../../model/settings.ts'
import { readConfig } from '../config/load.ts'
import { startWorker, type Worker } from '../process/worker.ts'
import { EXIT } from './commands.ts'
import { urlOf } from './messages.ts'
import { readVersion } from './version.ts'
import { watchProcess } from './watch.ts'

/**
 * `haulout serve`: runs until it is told to stop, and returns the exit code.
 * @throws HauloutError `config`, `listen` or `disk` before anything is listened on.
 */
export async function serve({ config }: { config: string }): Promise<number> {
  return runWorker({
    prepare: () => readConfig(config).settings,
    onReady: (worker, log) => log.info(greeting(worker)),
  })
}

type Run = {
  /** Makes the settings. A signal that comes meanwhile is obeyed when the worker has started. */
  readonly prepare: () => Settings | Promise<Settings>
  /** Called once it listens. */
  readonly onReady: (worker: Worker, log: Log) => void
}

/** Starts a worker, and drains it when a signal or a bug says so; returns the exit code. */
export async function runWorker({ prepare, onReady }: Run): Promise<number> {
  // Made before the worker, which may have to say why it cannot be.
  const log = createLog(process.stderr)
  const watch = watchProcess(log)
  try {
    const worker = await startWorker(await prepare(), { version: readVersion(), log })
    watch.onHangup = () => worker.reopenLogs()
    onReady(worker, log)
    await watch.stopped
    await worker.drain()
    return watch.code === 0 ? EXIT.ok : EXIT.failed
  } finally {
    watch.release()
  }
}

function greeting({ httpAddress, adminAddress }: Worker): string {
  const admin = adminAddress === null ? '' : `, admin on ${urlOf(adminAddress)}`
  return `haulout ${readVersion()} listens on ${urlOf(httpAddress)}${admin}`
}
