/**
 * The whole decision as the manual states it, in the slowest and plainest way there is: read the
 * path letter by letter, try all routes in their order, walk the rule of access as a tree. Shares
 * no code with what it is a reference for, and knows nothing of caches: there is no place here
 * where it could matter whether something is cached.
 */
import type { AccessRule } from '../../src/model/access.ts'
import type { RouteRule, RuleSet } from '../../src/model/rules.ts'
import type { WantedRules, WhenRule } from '../../src/model/when.ts'
import { referenceMatch } from '../decide/rules/reference.ts'

export type Ask = {
  readonly method: string
  /** As on the wire. */
  readonly url: string
  readonly host: string
  readonly peer: string
  readonly fields: ReadonlyArray<readonly [string, string]>
  /** Epoch ms. */
  readonly at: number
}

/** Passwords that are right, by file: `user:password`. */
export type Logins = Readonly<Record<string, readonly string[]>>

/** What is decided; `object` also where it is refused: what the route would have led to. */
export type Decided = {
  readonly status: number
  readonly route: string | null
  readonly location?: string
  readonly object?: string
}

export function decideNaively(rules: RuleSet, logins: Logins, ask: Ask): Decided {
  const host = ask.host.toLowerCase().replace(/:80$/, '')
  const [raw, query = ''] = split(ask.url, '?')
  const path = readPath(raw)
  if (path === null || query.includes('#')) return { status: 400, route: null }
  const request: Seen = { ...ask, host, path, query, client: clientOf(rules, ask) }
  for (const route of rules.routes) {
    const values = valuesOf(rules, route, request)
    if (values !== null) return ofRoute({ rules, logins, request }, route, values)
  }
  return { status: rules.default.deny, route: 'default' }
}

type Seen = Ask & { readonly path: string; readonly query: string; readonly client: string }
type Values = Readonly<Record<string, string>>
type Scene = { readonly rules: RuleSet; readonly logins: Logins; readonly request: Seen }

function split(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** Decoded once; null for all that the manual calls 400. */
function readPath(raw: string): string | null {
  const bytes: number[] = []
  for (let i = 0; i < raw.length; i++) {
    const letter = raw[i]!
    if (letter <= ' ' || letter > '~' || letter === '#' || letter === '\\') return null
    if (letter !== '%') {
      bytes.push(letter.charCodeAt(0))
      continue
    }
    const hex = raw.slice(i + 1, i + 3)
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return null
    const byte = Number.parseInt(hex, 16)
    if (byte < 32 || byte === 127 || byte === 47 || byte === 92) return null
    bytes.push(byte)
    i += 2
  }
  const path = Buffer.from(bytes).toString('utf8')
  // Whatever is not UTF-8 does not come out as it went in.
  if (Buffer.compare(Buffer.from(path), Buffer.from(bytes)) !== 0) return null
  return isHarmless(path) ? path : null
}

function isHarmless(path: string): boolean {
  for (const letter of path) if (letter >= '\u0080' && letter <= '\u009f') return false
  // What a second reading would turn into a separator, a dot or an end.
  for (let text = path, again = ''; text.includes('%'); text = again) {
    const lower = text.toLowerCase()
    if (['%2f', '%2e', '%5c', '%00'].some((bad) => lower.includes(bad))) return false
    again = text.replaceAll('%25', '%')
    if (again === text) break
  }
  const segments = path.split('/').slice(1)
  return path.startsWith('/') && segments.every((segment, i) => {
    const [name] = split(segment, ';')
    return name !== '.' && name !== '..' && (segment !== '' || i === segments.length - 1)
  })
}

/** From the right, past every proxy that is believed; what is no address ends the walk. */
function clientOf({ trustedProxies }: RuleSet, { peer, fields }: Ask): string {
  const said = fields.filter(([name]) => name === 'X-Forwarded-For').map(([, value]) => value)
  const hops = said.join(',').split(',').map((hop) => hop.trim())
  let client = plain(peer)
  if (said.length === 0) return client
  while (trustedProxies.includes(client) && hops.length > 0) {
    const hop = plain(hops.pop()!)
    if (!/^[\d.]+$|:/.test(hop)) break
    client = hop
  }
  return client
}

function plain(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/, '')
}

/** Whether the client is in one of these lists: the longest entry that holds it decides. */
function isAmong(rules: RuleSet, lists: readonly string[], client: string): boolean {
  return lists.some((name) => {
    const fitting = rules.acls[name]!.filter((entry) => isIn(entry.replace('!', ''), client))
    const [longest] = fitting.toSorted((a, b) => bitsOf(b) - bitsOf(a))
    return longest !== undefined && !longest.startsWith('!')
  })
}

function bitsOf(network: string): number {
  return Number(split(network, '/')[1])
}

/** Only networks whose borders are those of whole numbers are used here. */
function isIn(network: string, client: string): boolean {
  const [base, bits] = split(network, '/')
  if (base.includes(':')) return client.startsWith(base.replace(/::$/, ':'))
  const kept = Number(bits) / 8
  return !client.includes(':') &&
    client.split('.').slice(0, kept).join('.') === base.split('.').slice(0, kept).join('.')
}

function valuesOf(rules: RuleSet, route: RouteRule, request: Seen): Values | null {
  const { host = [], path = '/**', method = [], header, query, client, not } = route.match
  const more = { header, query, client, not }
  const found = referenceMatch([{ name: '', hosts: host, path, methods: method }], request)
  return found !== null && isMeant(rules, more, request) ? found.values : null
}

function isMeant(rules: RuleSet, when: WhenRule, request: Seen): boolean {
  const { host, path, method, header, query, client, not } = when
  const { fields } = request
  if (method !== undefined && !method.includes(request.method)) return false
  for (const one of path ?? ['/**']) {
    const routes = [{ name: '', hosts: host ?? [], path: one, methods: [] }]
    if (referenceMatch(routes, request) === null) return false
  }
  if (client !== undefined && !isAmong(rules, client, request.client)) return false
  const valuesIn = (name: string): string[] => request.query.split('&').flatMap((pair) => {
    const [key, value = ''] = split(pair, '=')
    return key === name ? [value] : []
  })
  if (!isWanted(header, (name) => fields.filter(([key]) => key.toLowerCase() === name)
    .map(([, value]) => value))) return false
  return isWanted(query, valuesIn) && (not === undefined || !isMeant(rules, not, request))
}

function isWanted(wanted: WantedRules = {}, valuesOf: (name: string) => string[]): boolean {
  return Object.entries(wanted).every(([name, texts]) => {
    const values = valuesOf(name)
    if (typeof texts === 'boolean') return values.length > 0 === texts
    return values.some((value) => texts.some((text) => text.endsWith('*')
      ? value.startsWith(text.slice(0, -1)) : value === text))
  })
}

function ofRoute(scene: Scene, rule: RouteRule, values: Values): Decided {
  const { rules, request } = scene
  const route = rule.name
  const fill = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name]!)
  const { status: nameless = 200, ...object } = rule.to === undefined ? {} : objectOf(fill(rule.to))
  const methods = rule.methods ?? rules.defaults.methods
  if (rule.deny === undefined && !methods.includes(request.method)) {
    return { status: 405, route, ...object }
  }
  if (rule.access !== undefined && !admits(rule.access, scene, isLogin)) {
    return { status: admits(rule.access, scene, () => true) ? 401 : 403, route, ...object }
  }
  if (rule.deny !== undefined) return { status: rule.deny, route }
  if (rule.to !== undefined) return { status: nameless, route, ...object }
  const { to, status } = rule.redirect!
  const encoded = Object.fromEntries(Object.entries(values).map(([name, value]) =>
    [name, value.split('/').map(encodeURIComponent).join('/')]))
  const location = to.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded[name]!)
  return { status, route, location: location.replace(/^\/+/, '/') }
}

/** What a template comes to may name no object, or walk. */
function objectOf(object: string): { object?: string; status?: number } {
  const segments = object.split('/').slice(1)
  if (segments.some((segment) => /^\.\.?(;|$)/.test(segment))) return { status: 400 }
  return segments.includes('') ? { status: 404 } : { object }
}

type Login = (scene: Scene, users: string) => boolean

function isLogin({ request, logins }: Scene, users: string): boolean {
  const said = request.fields.find(([name]) => name === 'Authorization')?.[1] ?? ''
  const login = said.startsWith('Basic ') ? Buffer.from(said.slice(6), 'base64').toString() : ''
  return logins[users]!.includes(login)
}

function admits(rule: AccessRule, scene: Scene, login: Login): boolean {
  const { rules, request } = scene
  if (typeof rule === 'string') return admits(rules.access[rule]!, scene, login)
  if (rule.all !== undefined) return rule.all.every((one) => admits(one, scene, login))
  if (rule.any !== undefined) return rule.any.some((one) => admits(one, scene, login))
  if (rule.not !== undefined) return !admits(rule.not, scene, login)
  if (rule.client !== undefined) return isAmong(rules, rule.client, request.client)
  if (rule.basic !== undefined) return login(scene, rule.basic.users)
  if (rule.time !== undefined) {
    const { after = -Infinity, before = Infinity } = rule.time
    return request.at >= after && request.at < before
  }
  const { name, present, equals } = rule.header!
  const values = request.fields.filter(([key]) => key.toLowerCase() === name)
  if (present !== undefined) return values.length > 0 === present
  return values.length === 1 && equals!.includes(values[0]![1])
}
