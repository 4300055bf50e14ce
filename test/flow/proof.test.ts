/** What the tests of a configuration prove is what a server does, by many cases. */
import t from 'tap'
import * as fc from 'fast-check'
import { prove } from '../../src/decide/proof/prove.ts'
import type { Line } from '../../src/decide/line.ts'
import { compile } from '../../src/decide/rules/compile.ts'
import { parseGlob } from '../../src/decide/rules/glob.ts'
import type { Exchange } from '../../src/model/exchange.ts'
import type { Expectation, RuleTest } from '../../src/model/proof.ts'
import type { RouteRule } from '../../src/model/rules.ts'
import type { Wire } from '../../src/model/wire.ts'
import { serve, type Parts } from '../../src/serve.ts'
import { exchange } from '../decide/nouns.ts'
import { requests, routes } from '../decide/rules/arbitrary.ts'
import type { ReferenceRoute } from '../decide/rules/reference.ts'
import { ruleSet } from '../decide/rules/ruleset.ts'
import { NO_PASSWORDS } from '../support/line.ts'

/** What the line did: the look-up it made, or the head it sent. */
type Done = { key: string | null; status: number | null; location: string | null }

/**
 * Runs the server's own line on an exchange, with nothing behind it but somebody who takes notes.
 */
function served(line: Line, request: Partial<Exchange>): Done & { x: Exchange } {
  const done: Done = { key: null, status: null, location: null }
  const wire = {
    gone: false, closing: false, batchBytes: 1024, status: 0, sentBytes: 0, firstByteMs: 0,
    onReady: null, onGone: null, write: () => true, end() {}, cut() {},
    interim() {}, body: () => { throw new Error('read') },
    head(status: number, fields: string[]) {
      done.status = status
      const at = fields.indexOf('Location')
      done.location = at < 0 ? null : fields[at + 1]!
    },
  } satisfies Wire
  const note = (key: string): null => {
    done.key = key
    return null
  }
  const parts = {
    ...line, source: {}, origins: new Map(), record() {},
    cache: { inMemory: note, onDisk: () => null }, flights: { board() {} },
  } as unknown as Parts
  const x = exchange({ ...request, wire })
  serve(parts, x)
  return { ...done, x }
}

/** Routes of all kinds out of random matches. */
function ruleOf({ name, hosts, path, methods }: ReferenceRoute, index: number): RouteRule {
  const glob = parseGlob(path)
  const captures = 'message' in glob ? [] : glob.captures.map((capture) => `{${capture}}`)
  const actions = [
    { to: `plain/o${captures.join('')}` }, { to: `releases/x/${captures.join('-')}y` },
    { redirect: { to: `/r/${captures.join('/')}`, status: 302 } }, { deny: 403 },
  ]
  return {
    name, ...actions[index % actions.length],
    match: {
      path, ...hosts.length > 0 ? { host: hosts } : {},
      ...methods.length > 0 ? { method: methods } : {},
    },
  }
}

const twist = fc.constantFrom(
  '', '', '', '', '', '/', '//', '/..', '%2f..', '%00', '?q=1', '#', '%61')
const extra = fc.constantFrom<string[]>([], [], [], ['Content-Length', '5'], ['Expect', 'x'],
  ['Host', 'c.com'], ['Content-Length', '0'], ['Transfer-Encoding', 'chunked'])

/** What the server did, as somebody would write it into a test. */
function expectationOf({ x, ...done }: ReturnType<typeof served>): Expectation {
  const { policy, outcome } = x
  const object = done.key?.replace('walrus:', '').replace('eucalyptus-releases/', 'releases/')
  return {
    route: policy?.route, object, status: done.status ?? undefined,
    reason: outcome.reason ?? undefined, location: done.location ?? undefined,
    cache: done.key === null ? {} : { ttlMs: policy!.cache.ttlMs }, deliver: {},
  }
}

t.test('a test that says what the server did passes, and one that says otherwise fails', (t) => {
  const seen = { objects: 0, redirects: 0, refusals: 0 }
  const asking = fc.record({ request: requests, twist, extra })
  fc.assert(fc.property(routes, fc.array(asking, { minLength: 4, maxLength: 4 }), (all, asked) => {
    const good = all.filter(({ path }) => !('message' in parseGlob(path)))
    const { compiled } = compile(ruleSet(good.map(ruleOf)))
    const line = { rules: compiled, healthPath: '/a', passwords: NO_PASSWORDS }
    for (const { request: { host, path, method }, twist, extra } of asked) {
      const url = `http://${host}${path}${twist}`
      const whole = host === '' ? `${path}${twist}` : url
      const expect = expectationOf(served(line, {
        method, url: `${path}${twist}`, fields: extra[0] === 'Host' ? extra
          : ['Host', host === '' ? 'localhost' : host, ...extra],
      }))
      const test: RuleTest = {
        name: 'it', request: { method, url: whole, fields: extra }, expect,
      }
      const proof = prove(line, test)
      if (proof.differences.length > 0) throw new Error(JSON.stringify(proof))
      if (expect.object !== undefined) seen.objects++
      else if (expect.location !== undefined) seen.redirects++
      else if (expect.status !== 200) seen.refusals++
      const wrong = { ...expect, object: `${expect.object}x`, status: (expect.status ?? 0) + 1 }
      const other = prove(line, { ...test, expect: wrong })
      if (other.differences.length !== 2) throw new Error(JSON.stringify(other))
    }
  }), { numRuns: 5000 })
  t.ok(seen.objects > 300 && seen.redirects > 100 && seen.refusals > 1000, JSON.stringify(seen))
  t.end()
})
