/**
 * Buckets as a folder: `FOLDER/bucket/key…`, one file per object. What no file can say stands in
 * `FOLDER/bucket.pocket.json`. What is hard is that keys come from the network: a key that is not a
 * plain relative path names nothing.
 */
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { md5Of } from './objects.ts'
import type { Shelf, StoredObject } from './objects.ts'

const READ_BYTES = 256 * 1024

/** What `bucket.pocket.json` holds; an object's own line wins over the bucket's. */
export type BucketSidecar = {
  readonly private?: boolean
  readonly objects?: Readonly<Record<string, { contentType?: string; private?: boolean }>>
}

/** Objects in a folder. Files are looked at on every request, so they may change at any time. */
export function openFolderShelf(folder: string): Shelf {
  const digests = new Map<string, Promise<string>>()

  async function load(
    bucket: string, key: string, sidecar: BucketSidecar,
  ): Promise<StoredObject | null> {
    const path = join(folder, bucket, key)
    const found = await stat(path).catch(ignoreAbsence)
    if (found === null || !found.isFile()) return null
    const line = sidecar.objects?.[key]
    return {
      bucket,
      key,
      sizeBytes: found.size,
      contentType: line?.contentType ?? null,
      private: line?.private ?? sidecar.private ?? false,
      lastModifiedAt: found.mtimeMs,
      etag: 'md5',
      fields: [],
      digest() {
        const version = `${path}\0${found.mtimeMs}\0${found.size}`
        const digest = digests.get(version) ?? md5Of(readFileRange(path, 0, found.size))
        digests.set(version, digest)
        return digest
      },
      read: (from, end) => readFileRange(path, from, end),
    }
  }

  return {
    async find(bucket, key) {
      if (!isPlain(bucket) || !key.split('/').every(isPlain)) return null
      return await load(bucket, key, await readSidecar(folder, bucket))
    },
    async list(bucket) {
      if (!isPlain(bucket)) return null
      const paths = await readdir(join(folder, bucket), { recursive: true }).catch(ignoreAbsence)
      if (paths === null) return null
      const sidecar = await readSidecar(folder, bucket)
      const keys = paths.map((path) => path.split(sep).join('/'))
      const objects = await Promise.all(keys.map((key) => load(bucket, key, sidecar)))
      return objects.filter((object) => object !== null)
    },
    async buckets() {
      const entries = await readdir(folder, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    },
  }
}

/** Looks on each shelf in turn. */
export function joinShelves(shelves: readonly Shelf[]): Shelf {
  return {
    async find(bucket, key) {
      for (const shelf of shelves) {
        const object = await shelf.find(bucket, key)
        if (object !== null) return object
      }
      return null
    },
    async list(bucket) {
      const lists = await Promise.all(shelves.map((shelf) => shelf.list(bucket)))
      const found = lists.filter((list) => list !== null)
      if (found.length === 0) return null
      return [...new Map(found.toReversed().flat().map((o) => [o.key, o])).values()]
    },
    async buckets() {
      const lists = await Promise.all(shelves.map((shelf) => shelf.buckets()))
      return [...new Set(lists.flat())].sort()
    },
  }
}

async function* readFileRange(path: string, from: number, end: number): AsyncGenerator<Buffer> {
  const file = await open(path)
  try {
    for (let at = from; at < end;) {
      const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, end - at))
      const { bytesRead } = await file.read(piece, 0, piece.length, at)
      if (bytesRead === 0) return
      yield piece.subarray(0, bytesRead)
      at += bytesRead
    }
  } finally {
    await file.close()
  }
}

async function readSidecar(folder: string, bucket: string): Promise<BucketSidecar> {
  const path = join(folder, `${bucket}.pocket.json`)
  const text = await readFile(path, 'utf8').catch(ignoreAbsence)
  return text === null ? {} : (JSON.parse(text) as BucketSidecar)
}

/** A path segment that stays where it is and that the file system can hold. */
function isPlain(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' &&
    !/[/\\\0]/.test(segment) && Buffer.byteLength(segment) <= 255
}

function ignoreAbsence(cause: unknown): null {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ENOTDIR') return null
  throw cause
}
