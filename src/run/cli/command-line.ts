/** From the words of the command line to what is to be done. */
import { parseArgs } from 'node:util'
import { HauloutError } from '../../errors.ts'
import { nearest } from '../../lib/nearest.ts'
import { COMMANDS, commandOf, isCommand, type Command, type CommandName } from './commands.ts'
import { synopsis } from './help.ts'

export type Invocation =
  | { readonly kind: 'help'; readonly command: CommandName | null }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'run'
      readonly command: CommandName
      /**
       * By long name, without those that were not given; those without a value are empty, and
       * those that may be given several times are lines.
       */
      readonly options: Readonly<Record<string, string>>
      /** As many as the command wants; those that need not be there are the first to be absent. */
      readonly operands: readonly string[]
    }

const HELP = new Set(['--help', '-h', 'help'])
const VERSION = new Set(['--version', '-V'])

/**
 * Reads the words behind the program's name.
 * @throws HauloutError `usage`, whose detail says what is wrong and what is right.
 */
export function parseCommandLine(words: readonly string[]): Invocation {
  const [first, ...rest] = words
  if (first === undefined) throw misuse('a command is missing', known())
  if (HELP.has(first)) {
    return { kind: 'help', command: rest[0] !== undefined && isCommand(rest[0]) ? rest[0] : null }
  }
  if (VERSION.has(first)) return { kind: 'version' }
  if (!isCommand(first)) {
    throw misuse(`there is no command '${first}'`, suggest(first, Object.keys(COMMANDS)) ?? known())
  }
  return parseCommand(first, rest)
}

function parseCommand(name: CommandName, words: readonly string[]): Invocation {
  const command = commandOf(name)
  const { options, operands } = readWords(name, command, words)
  if (options.has('help')) return { kind: 'help', command: name }
  for (const [long, option] of Object.entries(command.options)) {
    if (option.required && !options.has(long)) {
      throw misuse(`--${long} ${option.value} is missing`, `usage: ${synopsis(name)}`)
    }
  }
  const needed = command.operands.filter((operand) => !operand.startsWith('['))
  const missing = needed[operands.length]
  if (missing !== undefined) throw misuse(`${missing} is missing`, `usage: ${synopsis(name)}`)
  const many = command.operands.at(-1)?.endsWith('…') === true
  const excess = many ? undefined : operands[command.operands.length]
  if (excess !== undefined) throw misuse(`'${excess}' is too much`, `usage: ${synopsis(name)}`)
  return { kind: 'run', command: name, options: Object.fromEntries(options), operands }
}

/** Options and operands as they come; what is wrong with an option is said here. */
function readWords(
  name: CommandName, command: Command, words: readonly string[],
): { options: Map<string, string>; operands: string[] } {
  const help = { type: 'boolean', short: 'h' } as const
  const known = Object.entries(command.options)
    .map(([long, { short, value }]) => {
      return [long, { type: value === null ? 'boolean' : 'string', short }] as const
    })
  const { tokens } = parseArgs({
    args: [...words], strict: false, tokens: true, allowPositionals: true,
    options: { ...Object.fromEntries(known), help },
  })
  const options = new Map<string, string>()
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const { name: long, rawName, value } = token
    if (long === 'help') return { options: new Map([['help', '']]), operands: [] }
    if (!Object.hasOwn(command.options, long)) {
      const names = Object.keys(command.options).map((each) => `--${each}`)
      throw misuse(`there is no option '${rawName}'`,
        suggest(rawName, names) ?? `usage: ${synopsis(name)}`)
    }
    if ((value === undefined) !== (command.options[long]!.value === null)) {
      const wrong = value === undefined ? 'has no value' : 'takes no value'
      throw misuse(`${rawName} ${wrong}`, `usage: ${synopsis(name)}`)
    }
    const before = options.get(long)
    if (before !== undefined && command.options[long]!.many !== true) {
      throw misuse(`${rawName} is given twice`, `usage: ${synopsis(name)}`)
    }
    options.set(long, before === undefined ? value ?? '' : `${before}\n${value}`)
  }
  return { options, operands }
}

function suggest(typed: string, words: readonly string[]): string | null {
  const word = nearest(typed, words)
  return word === null ? null : `did you mean '${word}'?`
}

function known(): string {
  return `the commands are ${Object.keys(COMMANDS).join(', ')}; see haulout --help`
}

function misuse(what: string, advice: string): HauloutError {
  return new HauloutError('usage', `${what}; ${advice}`)
}
