/** The help texts, made from the table of commands. */
import { COMMANDS, commandOf, type Command, type CommandName, type Option } from './commands.ts'

const NAMES = Object.keys(COMMANDS) as CommandName[]

/** What `haulout --help` prints. */
export function helpText(): string {
  const rows = NAMES.map((name): Row => [synopsis(name), commandOf(name).summary])
  return `haulout - a caching reverse proxy for the objects in Walrus and other S3 buckets

Usage:
${table([...rows, ['haulout --help', 'this text; after a command, its own'],
    ['haulout --version', 'the version']])}

Exit status: 0 when all went well, 1 when something failed, 2 for a wrong command line.
`
}

/** What `haulout COMMAND --help` prints. */
export function commandHelp(name: CommandName): string {
  const options = Object.entries(commandOf(name).options).map(([long, option]): Row =>
    [`-${option.short}, ${written(long, option)}`, option.help])
  return `${synopsis(name)}

  ${commandOf(name).summary}

Options:
${table([...options, ['-h, --help', 'this text']])}
`
}

/** One line: the command with its options and operands, as far as they fit. */
export function synopsis(name: CommandName): string {
  const command: Command = commandOf(name)
  const options = Object.entries(command.options).map(([long, option]) => usage(long, option))
  const line = ['haulout', name, ...options, ...command.operands].join(' ')
  if (line.length <= WIDEST) return line
  return ['haulout', name, '[OPTIONS]', ...command.operands].join(' ')
}

/** A synopsis that is longer says nothing at a glance; the options stand below it. */
const WIDEST = 90

function usage(long: string, option: Option): string {
  const text = written(long, option)
  return option.required ? text : `[${text}]`
}

function written(long: string, { value }: Option): string {
  return value === null ? `--${long}` : `--${long} ${value}`
}

type Row = readonly [left: string, right: string]

const WIDTH = 30

/** Rows with the right side aligned; a left side that is too wide has its own line. */
function table(rows: readonly Row[]): string {
  return rows.map(([left, right]) => {
    const start = left.length <= WIDTH ? left.padEnd(WIDTH) : `${left}\n  ${' '.repeat(WIDTH)}`
    return `  ${start}  ${right}`
  }).join('\n')
}
