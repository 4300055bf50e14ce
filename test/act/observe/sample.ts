import type { ExchangeRecord, Outcome } from '../../../src/model/outcome.ts'

const OUTCOME: Outcome = {
  name: 'hit-memory', reason: null, errorCode: null, errorDetail: null, forwarded: null,
  stored: false, collapsed: false, originStatus: 0, originMs: 0,
}

/** The record of a memory hit, with whatever else a test wants of it. */
export function sampleRecord(
  parts: Partial<ExchangeRecord> = {}, outcome: Partial<Outcome> = {},
): ExchangeRecord {
  return {
    arrivedAt: Date.UTC(2026, 10, 23, 20, 14, 5, 7),
    client: '198.51.100.7',
    user: null,
    method: 'GET',
    host: 'dl.example.org',
    url: '/downloads/eucalyptus/3.1/eucalyptus-3.1.0.tgz',
    version: '1.1',
    referer: null,
    userAgent: 'curl/8.5.0',
    route: 'euca-tarballs',
    bucket: 'releases',
    object: '3.1/eucalyptus-3.1.0.tgz',
    status: 200,
    bytes: 1024,
    complete: true,
    durationMs: 1.25,
    firstByteMs: 0.5,
    ...parts,
    outcome: { ...OUTCOME, ...outcome },
  }
}
