/**
 * Watches the file of the configuration. What is hard about it: editors and deployments do not
 * write a file, they replace it, and often by way of a link; so folders are watched, and what
 * counts is whether the path leads to something else than before. Half of a file must not be
 * loaded, so it is looked at until two looks agree.
 */
import { realpathSync, statSync, watch as watchFolder, type FSWatcher } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CONFIG_SETTLE_MS } from '../../limits.ts'

export type ConfigWatch = {
  /** The file as it is by this mark has been read, by whomever: it is no change any more. */
  saw(mark: string | null): void
  close(): void
}

type Options = {
  readonly file: string
  /** What `markOf` said before the file was read last. */
  readonly seen: string | null
  /** The path leads to another file, or to one with other contents. */
  readonly onChange: () => void
  /** Is told what is wrong, in one sentence. */
  readonly warn: (text: string) => void
}

/** Begins to watch; what cannot be watched is a warning. Holds no process open. */
export function watchConfig({ file, seen: first, onChange, warn }: Options): ConfigWatch {
  let watchers = open()
  let seen = first
  let looked = first
  let timer: NodeJS.Timeout | null = null
  // It may have changed between being read and being watched.
  onEvent()

  function open(): FSWatcher[] {
    return foldersOf(file).flatMap((folder) => {
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
    const mark = markOf(file)
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

/** The folder of the file, and that of what it is a link to. */
function foldersOf(file: string): string[] {
  const folders = new Set([dirname(resolve(file))])
  try {
    folders.add(dirname(realpathSync(file)))
  } catch {
    // There is no file at the moment; its folder tells when there is one again.
  }
  return [...folders]
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
