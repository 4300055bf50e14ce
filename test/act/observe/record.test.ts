import t from 'tap'
import { createRecorder } from '../../../src/act/observe/record.ts'
import type { ExchangeRecord } from '../../../src/model/outcome.ts'
import { sampleRecord } from './sample.ts'

t.test('every exchange is counted and logged, once each', async (t) => {
  const counted: ExchangeRecord[] = []
  const logged: ExchangeRecord[] = []
  const recorder = createRecorder({
    metrics: { count: (record) => counted.push(record) },
    accessLog: { write: (record) => logged.push(record) },
  })
  const records = [sampleRecord({ url: '/1' }), sampleRecord({ url: '/2' })]
  for (const each of records) recorder.record(each)
  t.same(counted, records)
  t.same(logged, records)
})
