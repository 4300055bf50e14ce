/** Hands the command line to the CLI. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/** What still holds the process when a command is over may do so for this long. */
const EXIT_MS = 2000

// Compiled code is kept between starts, which then take a third of the time; in the user's own
// folder, because what lies in a shared one could have been put there by anybody.
const { XDG_CACHE_HOME, HOME } = process.env
const folder = XDG_CACHE_HOME ?? (HOME === undefined ? null : join(HOME, '.cache'))
if (folder !== null) enableCompileCache(join(folder, 'haulout'))

// Imported now and not above, for the cache to know of it.
const { runCommand } = await import('./run/cli/cli.ts')
process.exitCode = await runCommand(process.argv.slice(2))

// The process ends by itself, so that pipes get everything; this is for what does not let go.
setTimeout(() => process.exit(), EXIT_MS).unref()
