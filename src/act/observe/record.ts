import type { ExchangeRecord } from '../../model/outcome.ts'
import type { AccessLog } from './access-log.ts'
import type { Metrics } from './metrics.ts'

/** The one exit: every exchange ends here, exactly once. */
export type Recorder = {
  record(entry: ExchangeRecord): void
}

/** Makes the recorder that counts an exchange and logs it. */
export function createRecorder(
  { metrics, accessLog }: { metrics: Pick<Metrics, 'count'>; accessLog: Pick<AccessLog, 'write'> },
): Recorder {
  return {
    record(entry) {
      metrics.count(entry)
      accessLog.write(entry)
    },
  }
}
