/**
 * The rule language as its manual states it, in the plainest way there is: every possibility is
 * tried, in the order of preference. Shares no code with what it is a reference for.
 */
export type ReferenceRoute = {
  readonly name: string
  readonly hosts: readonly string[]
  readonly path: string
  readonly methods: readonly string[]
}

/** Captures by name, or null. */
type Values = Readonly<Record<string, string>> | null

/** The first route that matches, and the values of its captures. */
export function referenceMatch(
  routes: readonly ReferenceRoute[], request: { host: string; path: string; method: string },
): { name: string; values: Values } | null {
  for (const route of routes) {
    if (route.methods.length > 0 && !route.methods.includes(request.method)) continue
    const { hosts } = route
    if (hosts.length > 0 && !hosts.some((host) => hostFits(host, request.host))) continue
    const values = referenceGlob(route.path, request.path)
    if (values !== null) return { name: route.name, values }
  }
  return null
}

function hostFits(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host
  return host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
}

export function referenceGlob(glob: string, path: string): Values {
  return segmentsFit(glob.slice(1).split('/'), path.slice(1).split('/'))
}

/** What stands further left takes as much as it can: longest first. */
function segmentsFit(globs: readonly string[], segments: readonly string[]): Values {
  const [glob, ...rest] = globs
  if (glob === undefined) return segments.length === 0 ? {} : null
  const deep = /^(?:\*\*|\{(\w+)\*\*\})$/.exec(glob)
  if (deep === null) {
    const values = segments.length === 0 ? null : pieceFits(glob, segments[0]!, true)
    const others = values === null ? null : segmentsFit(rest, segments.slice(1))
    return values === null || others === null ? null : { ...values, ...others }
  }
  for (let count = segments.length; count >= 0; count--) {
    const value = segments.slice(0, count).join('/')
    if (deep[1] !== undefined && value === '') continue
    const others = segmentsFit(rest, segments.slice(count))
    if (others !== null) return deep[1] === undefined ? others : { [deep[1]]: value, ...others }
  }
  return null
}

/** Lists are tried before wildcards, so each is replaced by its words first. */
function pieceFits(glob: string, text: string, whole: boolean): Values {
  const list = /\{(\w+):([^}]*)\}/.exec(glob)
  if (list !== null) {
    for (const word of list[2]!.split('|')) {
      const values = pieceFits(glob.replace(list[0], `\0${word}\0`), text, whole)
      if (values !== null) return { ...values, [list[1]!]: word }
    }
    return null
  }
  return wildFits(glob.replaceAll('\0', ''), text, whole)
}

function wildFits(glob: string, text: string, whole: boolean): Values {
  const wild = /^\{(\w+)\}|^\*/.exec(glob)
  if (glob === '') return text === '' ? {} : null
  if (wild === null) {
    return glob[0] === text[0] && text !== '' ? wildFits(glob.slice(1), text.slice(1), false) : null
  }
  const least = wild[1] !== undefined || (whole && glob === '*') ? 1 : 0
  for (let count = text.length; count >= least; count--) {
    const values = wildFits(glob.slice(wild[0].length), text.slice(count), false)
    if (values === null) continue
    return wild[1] === undefined ? values : { [wild[1]]: text.slice(0, count), ...values }
  }
  return null
}
