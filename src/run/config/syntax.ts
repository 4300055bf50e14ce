/** What is wrong with YAML, by the parser's code, and what to do about it. */
const SYNTAX: Readonly<Record<string, readonly [message: string, advice: string]>> = {
  TAB_AS_INDENT: ['a tab cannot indent', 'indent with spaces'],
  DUPLICATE_KEY: ['this key is here twice', 'remove one of them, or put them together'],
  NON_STRING_KEY: ['a key is a text', 'put it in quotes'],
  BAD_INDENT: ['the indentation does not fit',
    'keys of one map begin in one column; what is opened is closed'],
  MISSING_CHAR: ['this is not closed', 'look for a missing quote, `]`, `}` or `:`'],
  UNEXPECTED_TOKEN: ['this cannot stand here', 'look for a missing quote, `-` or comma before it'],
  BLOCK_AS_IMPLICIT_KEY: ['a second `:` in one line', 'put quotes around a value with `: `'],
  BLOCK_IN_FLOW: ['no block can stand between brackets', 'close the bracket first'],
  BAD_SCALAR_START: ['a value cannot begin with this character', 'put quotes around it'],
  BAD_DQ_ESCAPE: ['no such escape in a quoted text', 'use single quotes, or write `\\\\`'],
  BAD_ALIAS: ['this alias is malformed', 'put quotes around a value that begins with `*` or `&`'],
  ALIAS_PROPS: ['an alias has no anchor and no tag', 'put quotes around what begins with `*`'],
  MULTILINE_IMPLICIT_KEY: ['a key ends in its line', 'look for a missing `:` or quote'],
  MULTIPLE_DOCS: ['a second document begins here', 'a configuration is one document: remove `---`'],
  TAG_RESOLVE_FAILED: ['tags have no meaning here', 'put quotes around what begins with `!`'],
  RESOURCE_EXHAUSTION: ['this is nested too deeply', 'see the manual of the configuration'],
}

/** Mistakes after which the parser still understands the rest. */
export const GENTLE: ReadonlySet<string> =
  new Set(['TAB_AS_INDENT', 'DUPLICATE_KEY', 'NON_STRING_KEY'])

/**
 * The parser's own messages quote the file, and so perhaps a secret; these do not. A capture in the
 * line, outside of quotes, is the likeliest reason there is.
 */
export function adviceOnSyntax(code: string, line: string): { message: string; advice: string } {
  if (code === 'UNEXPECTED_TOKEN' && /\{\w[^\s{},]*\}/.test(line.replace(/"[^"]*"|'[^']*'/g, ''))) {
    const message = 'a capture outside of quotes is taken for a map'
    return { message, advice: 'put quotes around a value with `{name}` in it' }
  }
  const [message, advice] = SYNTAX[code] ?? ['this is not YAML', 'look at what stands before it']
  return { message, advice }
}
