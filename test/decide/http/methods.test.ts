import t from 'tap'
import { isSafe } from '../../../src/decide/http/invalidate.ts'
import { isIdempotent } from '../../../src/decide/http/methods.ts'

const CASES: ReadonlyArray<readonly [method: string, safe: boolean, idempotent: boolean]> = [
  ['GET', true, true], ['HEAD', true, true], ['OPTIONS', true, true], ['PROPFIND', true, true],
  ['PUT', false, true], ['DELETE', false, true], ['MKCOL', false, true],
  ['POST', false, false], ['PATCH', false, false], ['CONNECT', false, false],
  ['PURGE', false, false], ['get', false, false], ['', false, false],
]

for (const [method, safe, idempotent] of CASES) {
  const promise = safe ? 'changes nothing' : idempotent ? 'may be repeated' : 'promises nothing'
  t.test(`"${method}" ${promise}`, (t) => {
    t.equal(isSafe(method), safe)
    t.equal(isIdempotent(method), idempotent)
    t.end()
  })
}
