/**
 * The `haulout` command. Each command's own parts are loaded only when it runs, so that help and
 * messages come at once.
 */
import { HauloutError } from '../../errors.ts'
import { parseCommandLine, type Invocation } from './command-line.ts'
import { EXIT, type CommandName } from './commands.ts'
import { commandHelp, helpText } from './help.ts'
import { messageOf } from './messages.ts'
import { readVersion } from './version.ts'

type Run = Extract<Invocation, { kind: 'run' }>

/** Options and operands are those that the table demands; the parser has seen to it. */
const RUN: Readonly<Record<CommandName, (run: Run) => Promise<number>>> = {
  async serve({ options }) {
    const { serve } = await import('./serve.ts')
    return serve({ config: options.config! })
  },
  async check({ operands, options }) {
    const { check } = await import('./check.ts')
    return check(operands[0]!, {
      strict: 'strict' in options, effective: 'effective' in options, json: 'json' in options,
    })
  },
  async reload({ options }) {
    const { reload } = await import('./reload.ts')
    return reload(options)
  },
  async purge({ operands, options }) {
    const { purge } = await import('./ban.ts')
    return purge(operands, options)
  },
  async ban({ operands, options }) {
    const { ban } = await import('./ban.ts')
    return ban(operands[0]!, options)
  },
  async bans({ options }) {
    const { bans } = await import('./ban.ts')
    return bans(options)
  },
  async explain({ operands, options }) {
    const { explain } = await import('./explain.ts')
    return explain(operands, options)
  },
  async demo({ options }) {
    const { demo } = await import('./demo.ts')
    return demo(options)
  },
}

/**
 * Does what the words behind the program's name say, and returns the exit code. What the world did
 * wrong becomes a message on standard error; a bug is thrown on.
 */
export async function runCommand(words: readonly string[]): Promise<number> {
  try {
    const invocation = parseCommandLine(words)
    if (invocation.kind === 'run') return await RUN[invocation.command](invocation)
    process.stdout.write(textOf(invocation))
    return EXIT.ok
  } catch (error) {
    if (!(error instanceof HauloutError)) throw error
    process.stderr.write(`${messageOf(error).trimEnd()}\n`)
    return error.code === 'usage' ? EXIT.usage : EXIT.failed
  }
}

function textOf(invocation: Exclude<Invocation, Run>): string {
  if (invocation.kind === 'version') return `haulout ${readVersion()}\n`
  return invocation.command === null ? helpText() : commandHelp(invocation.command)
}
