/**
 * The commands, in one table: parsing, checks and the help text are all read from it.
 */

/** Of commands that change what is stored. */
const ASKING = {
  admin: { short: 'a', value: 'URL', required: false, help: 'its admin listener' },
  token: {
    short: 'k', value: 'WHERE', required: false,
    help: 'where its token is kept: env:NAME or file:PATH (env:HAULOUT_TOKEN)',
  },
} as const

export const COMMANDS = {
  serve: {
    summary: 'run the proxy',
    operands: [],
    options: {
      config: { short: 'c', value: 'FILE', required: true, help: 'the configuration' },
    },
  },
  check: {
    summary: 'check a configuration and its tests; say what is wrong and where',
    operands: ['FILE'],
    options: {
      strict: {
        short: 's', value: null, required: false, help: 'routes without a test are errors',
      },
      effective: {
        short: 'e', value: null, required: false,
        help: 'print what holds for each route, and the line it comes from',
      },
      json: { short: 'j', value: null, required: false, help: 'print all of it as JSON' },
    },
  },
  reload: {
    summary: 'have a running one read its configuration again',
    operands: [],
    options: {
      admin: { short: 'a', value: 'URL', required: false, help: 'its admin listener' },
    },
  },
  purge: {
    summary: 'have it forget what is stored for URLs, objects or tags',
    operands: ['URL|OBJECT|TAG…'],
    options: {
      tag: { short: 't', value: null, required: false, help: 'what is named are tags' },
      prefix: {
        short: 'p', value: null, required: false, help: 'all that begins with what is named',
      },
      soft: {
        short: 's', value: null, required: false,
        help: 'only ask about it before the next use; it stays for failures',
      },
      ...ASKING,
    },
  },
  ban: {
    summary: "have it forget what a condition holds for: 'path ~ /a/*'",
    operands: ['EXPRESSION'],
    options: {
      soft: { short: 's', value: null, required: false, help: 'as for purge' },
      ...ASKING,
    },
  },
  bans: {
    summary: 'list the bans that are in force',
    operands: [],
    options: ASKING,
  },
  explain: {
    summary: 'tell what would become of a request, and why',
    operands: ['[METHOD]', 'URL'],
    options: {
      client: { short: 'i', value: 'IP', required: false, help: 'who asks (an address of nobody)' },
      user: {
        short: 'u', value: 'NAME', required: false, help: 'who has given the right password',
      },
      header: {
        short: 'H', value: "'NAME: VALUE'", required: false, many: true,
        help: 'a field of the request; may be given several times',
      },
      at: {
        short: 't', value: 'INSTANT', required: false, help: 'when: 2027-01-01T00:00:00Z (now)',
      },
      config: {
        short: 'c', value: 'FILE', required: false, help: 'ask this configuration, and no cache',
      },
      admin: {
        short: 'a', value: 'URL', required: false, help: 'ask the one behind it (the default)',
      },
      json: { short: 'j', value: null, required: false, help: 'print it as JSON' },
    },
  },
  demo: {
    summary: 'run it in front of a small Walrus of its own, with lines to try',
    operands: [],
    options: {
      port: { short: 'p', value: 'PORT', required: false, help: 'the proxy (8080)' },
      'admin-port': { short: 'a', value: 'PORT', required: false, help: 'the metrics (9001)' },
    },
  },
} as const satisfies Readonly<Record<string, Command>>

export type CommandName = keyof typeof COMMANDS

export type Command = {
  readonly summary: string
  /** What follows without a dash: that in brackets need not be there, `…` may be again. */
  readonly operands: readonly string[]
  readonly options: Readonly<Record<string, Option>>
}

export type Option = {
  readonly short: string
  /** What the value is called; null for an option that takes none. */
  readonly value: string | null
  readonly required: boolean
  /** May be given several times; then its values come as lines. */
  readonly many?: boolean
  readonly help: string
}

/** The exit codes, for the help text and for the program. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
} as const

/** Looks a command up by what was typed. */
export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name)
}

/** The table's row in its general form. */
export function commandOf(name: CommandName): Command {
  return COMMANDS[name]
}
