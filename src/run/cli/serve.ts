import { resolve } from 'node:path'
import { createLog, type Log } from '../../act/observe/log.ts'
import { checkFile, type ConfigSource } from '../config/checked.ts'
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
    source: { file: resolve(config), read: () => checkFile(config) },
    onReady: (worker, log) => log.info(greeting(worker)),
  })
}

type Run = {
  /** Read now, and for every reload. A stop that comes before it serves is obeyed when it does. */
  readonly source: ConfigSource
  /** Called once it listens. */
  readonly onReady: (worker: Worker, log: Log) => void
}

/** Starts a worker, and drains it when a signal or a bug says so; returns the exit code. */
export async function runWorker({ source, onReady }: Run): Promise<number> {
  // Made before the worker, which may have to say why it cannot be.
  const log = createLog(process.stderr)
  const watch = watchProcess(log)
  try {
    const worker = await startWorker(source, { version: readVersion(), log })
    watch.onHangup = () => {
      // The log first: whoever rotates it counts on that, whatever the configuration is like.
      worker.reopenLogs()
      void worker.reload('SIGHUP')
    }
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
