/**
 * The demo's buckets: what a Eucalyptus download site held in 2012, made of seeds. The same bytes
 * on every machine, so that a digest in a README stays right.
 */
import { createHash } from 'node:crypto'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BucketSidecar } from './folder.ts'
import { generatedBytes } from './generated.ts'
import { makeTarball } from './tarball.ts'

export type Sample = {
  readonly bucket: string
  readonly key: string
  readonly bytes: Buffer
  readonly contentType: string
  readonly private: boolean
  /** Epoch ms. */
  readonly lastModifiedAt: number
}

const KIB = 1024
const MIB = 1024 * KIB
const RELEASES = 'eucalyptus-releases'
const IMAGES = 'centos-images'
const GZIP = 'application/gzip'
const TEXT = 'text/plain'
const RELEASED_AT = Date.UTC(2012, 5, 27)

/** Version, payload bytes. */
const TARBALLS: ReadonlyArray<readonly [version: string, sizeBytes: number]> = [
  ['3.1.0', 20 * MIB],
  ['3.1.1', 4 * MIB],
  ['3.2.0', 6 * MIB],
]

/** Euca2ools bundles images in parts of this size. */
const PART_BYTES = 10 * MIB
const IMAGE_BYTES = 21 * MIB

/** Every sample, one after the other; each is made when it is asked for. */
export function* samples(): Generator<Sample> {
  for (const [version, sizeBytes] of TARBALLS) yield* release(version, sizeBytes)
  const notes = `Eucalyptus 3.2\n\nA key with spaces, a plus, a hash and brackets.\n`
  yield sample(RELEASES, '3.2/Release Notes + FAQ #1 [draft].txt', Buffer.from(notes), TEXT)
  const emi = tarball('starter-emi', 512 * KIB)
  yield sample(RELEASES, 'starter-emis/centos-6.3-x86_64.tgz', emi, GZIP)
  yield sample(RELEASES, 'catalog', Buffer.from(catalog(emi)), 'application/json')
  yield* imageBundle()
  yield { ...sample('eng-private', 'nightly/eucalyptus-3.3-nightly.tgz',
    tarball('eucalyptus-3.3-nightly', 256 * KIB), GZIP), private: true }
  yield { ...sample('eng-private', 'README.txt',
    Buffer.from('Only the owner of the bucket reads this.\n'), TEXT), private: true }
}

/**
 * Writes all samples into a folder that `startPocket` can serve, sidecars included; what is there
 * under the same names is replaced.
 */
export async function writeSamples(folder: string): Promise<void> {
  const sidecars = new Map<string, Required<BucketSidecar>>()
  for (const { bucket, key, bytes, contentType, private: hidden, lastModifiedAt } of samples()) {
    const path = join(folder, bucket, key)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
    await utimes(path, lastModifiedAt / 1000, lastModifiedAt / 1000)
    const before = sidecars.get(bucket)?.objects
    sidecars.set(bucket, { private: hidden, objects: { ...before, [key]: { contentType } } })
  }
  for (const [bucket, sidecar] of sidecars) {
    await writeFile(join(folder, `${bucket}.pocket.json`), `${JSON.stringify(sidecar, null, 2)}\n`)
  }
}

function* release(version: string, sizeBytes: number): Generator<Sample> {
  const name = `eucalyptus-${version}`
  const key = `${version.slice(0, 3)}/${name}.tgz`
  const bytes = tarball(name, sizeBytes)
  yield sample(RELEASES, key, bytes, GZIP)
  for (const algorithm of ['md5', 'sha256']) {
    const digest = createHash(algorithm).update(bytes).digest('hex')
    const line = Buffer.from(`${digest}  ${name}.tgz\n`)
    yield sample(RELEASES, `${key}.${algorithm}`, line, TEXT)
  }
}

/** Manifest (version 2007-10-10) and parts as euca-bundle-image leaves them, unencrypted. */
function* imageBundle(): Generator<Sample> {
  const name = 'centos-6.3.img'
  const parts: string[] = []
  for (let from = 0; from < IMAGE_BYTES; from += PART_BYTES) {
    const bytes = generatedBytes(name, from, Math.min(PART_BYTES, IMAGE_BYTES - from))
    const filename = `${name}.part.${String(parts.length).padStart(2, '0')}`
    const sha1 = createHash('sha1').update(bytes).digest('hex')
    parts.push(`<part index="${parts.length}"><filename>${filename}</filename>` +
      `<digest algorithm="SHA1">${sha1}</digest></part>`)
    yield sample(IMAGES, filename, bytes, 'application/octet-stream')
  }
  const manifest = '<?xml version="1.0"?><manifest><version>2007-10-10</version>' +
    '<bundler><name>euca-tools</name><version>1.3</version></bundler>' +
    '<machine_configuration><architecture>x86_64</architecture></machine_configuration>' +
    `<image><name>${name}</name><type>machine</type><bundled_size>${IMAGE_BYTES}</bundled_size>` +
    `<parts count="${parts.length}">${parts.join('')}</parts></image></manifest>\n`
  yield sample(IMAGES, `${name}.manifest.xml`, Buffer.from(manifest), 'application/xml')
}

/** What eustore reads from `/catalog`. */
function catalog(emi: Buffer): string {
  const image = {
    name: '2425352071',
    description: 'CentOS 6.3 x86_64, 4.5 GB root, cloud-init',
    os: 'centos',
    version: 'starter',
    architecture: 'x86_64',
    hypervisor: ['kvm', 'xen'],
    date: '2012-06-27',
    stamp: '28fc-4826',
    url: 'starter-emis/centos-6.3-x86_64.tgz',
    size: emi.length,
    md5: createHash('md5').update(emi).digest('hex'),
  }
  return `${JSON.stringify({ images: [image] }, null, 2)}\n`
}

function tarball(name: string, sizeBytes: number): Buffer {
  return makeTarball([
    { path: `${name}/README`, bytes: Buffer.from(`${name}: sample bytes, made of a seed.\n`) },
    { path: `${name}/payload.bin`, bytes: generatedBytes(name, 0, sizeBytes) },
  ], RELEASED_AT)
}

function sample(bucket: string, key: string, bytes: Buffer, contentType: string): Sample {
  return { bucket, key, bytes, contentType, private: false, lastModifiedAt: RELEASED_AT }
}
