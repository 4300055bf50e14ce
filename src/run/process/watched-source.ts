/**
 * Where the configuration comes from, and which state of its files was read last; so that a watch
 * asks for a reload when there is another one, and only then. What is hard about it: which files
 * count is known only once the configuration has been read, and changes with it.
 */
import type { Settings } from '../../model/settings.ts'
import type { Checked, ConfigSource } from '../config/checked.ts'
import { testFiles } from '../config/proof.ts'
import { marksOf, watchConfig, type ConfigWatch } from './config-watch.ts'

export type WatchedSource = Pick<ConfigSource, 'file'> & {
  read(): Promise<Checked>
  /** Begins or ends to watch, as `wanted` says; a watch that runs goes on. */
  watch(wanted: boolean, events: Events): void
  close(): void
}

type Events = {
  /** The files are no longer as they were read. */
  readonly onChange: () => void
  /** Is told what is wrong, in one sentence. */
  readonly warn: (text: string) => void
}

/** The same source; what is read from it is remembered as seen. */
export function watchable(source: ConfigSource): WatchedSource {
  const { file } = source
  let watch: ConfigWatch | null = null
  let referred: readonly string[] = []
  let seen: string | null = null
  const files = (): readonly string[] => file === null ? [] : [file, ...besides(file), ...referred]

  return {
    file,
    async read(): Promise<Checked> {
      // Before it is read: what changes meanwhile has not been seen.
      const before = marksOf(files())
      watch?.saw(before)
      const checked = await source.read()
      const now = filesOf(checked.settings)
      const same = now.join('\0') === referred.join('\0')
      referred = now
      seen = same ? before : marksOf(files())
      watch?.saw(seen)
      return checked
    },
    watch(wanted, events) {
      if (!wanted || file === null) {
        watch?.close()
        watch = null
        return
      }
      watch ??= watchConfig({ files, seen, ...events })
    },
    close() {
      watch?.close()
    },
  }
}

/** The files of tests; none while there is no folder to look into. */
function besides(file: string): string[] {
  try {
    return testFiles(file)
  } catch {
    return []
  }
}

/**
 * The files that a configuration refers to and that are read with it. Files of users and of secrets
 * are not among them: they are looked at whenever they are needed.
 */
function filesOf({ origins, pageFiles }: Settings): string[] {
  return [...origins.flatMap(({ ca }) => ca ?? []), ...pageFiles]
}
