/**
 * Watches the files of a configuration. What is hard about it: editors and deployments do not
 * write a file, they replace it, and often by way of a link; so folders are watched, and what
 * counts is whether a path leads to something else than before. Half of a file must not be
 * loaded, so it is looked at until two looks agree.
 */
import { realpathSync, statSync, watch as watchFolder, type FSWatcher } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CONFIG_SETTLE_MS } from '../../limits.ts'

export type ConfigWatch = {
  /** The files as they are by this mark have been read, by whomever: that is no change any more. */
  saw(mark: string | null): void
  close(): void
}

type Options = {
  /** The files that count at the moment; the first is the configuration itself. */
  readonly files: () => readonly string[]
  /** What `marksOf` said before they were read last. */
  readonly seen: string | null
  /** A path leads to another file, or to one with other contents; or there is another path. */
  readonly onChange: () => void
  /** Is told what is wrong, in one sentence. */
  readonly warn: (text: string) => void
}

/** Begins to watch; what cannot be watched is a warning. Holds no process open. */
export function watchConfig({ files, seen: first, onChange, warn }: Options): ConfigWatch {
  let watchers = open()
  let seen = first
  let looked = first
  let timer: NodeJS.Timeout | null = null
  // It may have changed between being read and being watched.
  onEvent()

  function open(): FSWatcher[] {
    return foldersOf(files()).flatMap((folder) => {
      try {
        const watcher = watchFolder(folder, { persistent: false }, onEvent)
        return [watcher.on('error', (error) => warn(unwatched(folder, error)))]
      } catch (error) {
        warn(unwatched(folder, error))
        return []
      }
    })
  }

  /** Any file of the folder may be the one, by way of a link; so each event is worth a look. */
  function onEvent(): void {
    timer ??= setTimeout(look, CONFIG_SETTLE_MS).unref()
  }

  function look(): void {
    timer = null
    const mark = marksOf(files())
    const settled = mark === looked
    looked = mark
    // Between a removal and a renaming there is no file; the renaming is an event of its own.
    if (mark === null || (settled && mark === seen)) return
    if (!settled) return onEvent()
    seen = mark
    // The link may lead into another folder now.
    close()
    watchers = open()
    onChange()
    // And what has changed since the look, while nobody watched, is seen by another one.
    onEvent()
  }

  function close(): void {
    for (const watcher of watchers.splice(0)) watcher.close()
  }

  return {
    saw(mark) {
      seen = mark
    },
    close() {
      if (timer !== null) clearTimeout(timer)
      close()
    },
  }
}

/** The folders of the files, and those of what they are links to. */
function foldersOf(files: readonly string[]): string[] {
  const folders = new Set<string>()
  for (const file of files) {
    folders.add(dirname(resolve(file)))
    try {
      folders.add(dirname(realpathSync(file)))
    } catch {
      // There is no file at the moment; its folder tells when there is one again.
    }
  }
  return [...folders]
}

/** Differs whenever one of the files does; null when the first is not there. */
export function marksOf(files: readonly string[]): string | null {
  const marks = files.map((file) => `${file} ${markOf(file)}`)
  return files[0] === undefined || markOf(files[0]) === null ? null : marks.join('\n')
}

/** Differs whenever the file does; null when there is none that can be looked at. */
export function markOf(file: string): string | null {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch {
    return null
  }
}

function unwatched(folder: string, error: unknown): string {
  return `${folder} cannot be watched for changes of the configuration: ${String(error)}`
}
