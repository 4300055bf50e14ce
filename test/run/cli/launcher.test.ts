import { spawnSync } from 'node:child_process'
import {
  chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'

const LAUNCHER = join(import.meta.dirname, '../../../bin/haulout')

/** The package that npm puts the Node of this machine in. */
const BUNDLED = `node-linux-${process.arch}`

/** A folder outside of any package, so that no Node lies above it. */
function emptyFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'haulout-launcher-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}

/** Something that says which Node it is, and with what it was started. */
function fakeNode(name: string, version: string): string {
  return `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo ${name} "$@"\n`
}

/** A package with the launcher and one main file. */
function putPackage(folder: string, main: string): string {
  mkdirSync(join(folder, 'bin'), { recursive: true })
  copyFileSync(LAUNCHER, join(folder, 'bin/haulout'))
  put(join(folder, main), '')
  return join(folder, 'bin/haulout')
}

/** Runs a launcher on a PATH of its own, which has the usual tools but no other Node. */
function run(t: Test, launcher: string, nodeOnPath: string | null) {
  const folder = emptyFolder(t)
  for (const tool of ['sh', 'readlink', 'dirname', 'uname']) {
    symlinkSync(join('/usr/bin', tool), join(folder, tool))
  }
  if (nodeOnPath !== null) put(join(folder, 'node'), nodeOnPath)
  const options = { env: { PATH: folder }, encoding: 'utf8' as const }
  const { status, stdout, stderr } = spawnSync(launcher, ['check', 'a b'], options)
  return { status, stdout, stderr }
}

t.test('the bundled Node comes before the one on the PATH', async (t) => {
  const folder = emptyFolder(t)
  const launcher = putPackage(folder, 'src/main.ts')
  put(join(folder, 'node_modules', BUNDLED, 'bin/node'), fakeNode('bundled', 'v26.10.0'))
  t.match(run(t, launcher, fakeNode('path', 'v26.0.0')), {
    status: 0, stdout: `bundled ${folder}/src/main.ts check a b\n`,
  })
})

t.test('a Node that npm hoisted above the package is found, also through links', async (t) => {
  const folder = emptyFolder(t)
  const launcher = putPackage(join(folder, 'node_modules/haulout'), 'dist/main.js')
  put(join(folder, 'node_modules', BUNDLED, 'bin/node'), fakeNode('hoisted', 'v26.10.0'))
  mkdirSync(join(folder, 'node_modules/.bin'))
  symlinkSync('../haulout/bin/haulout', join(folder, 'node_modules/.bin/haulout'))
  symlinkSync(join(folder, 'node_modules/.bin/haulout'), join(folder, 'link'))
  const stdout = `hoisted ${folder}/node_modules/haulout/dist/main.js check a b\n`
  for (const path of [launcher, join(folder, 'node_modules/.bin/haulout'), join(folder, 'link')]) {
    t.match(run(t, path, null), { status: 0, stdout }, path)
  }
})

t.test('without a bundled Node that runs, one on the PATH serves if new enough', async (t) => {
  const folder = emptyFolder(t)
  const launcher = putPackage(folder, 'dist/main.js')
  put(join(folder, 'node_modules', BUNDLED, 'bin/node'), '#!/no/such/interpreter\n')
  for (const [version, expected] of [
    ['v24.0.0', { status: 0, stdout: `path ${folder}/dist/main.js check a b\n` }],
    ['v100.1.2', { status: 0 }],
    ['v23.9.0', { status: 1, stdout: '', stderr: /Node 24 or later is needed.*v23\.9\.0/ }],
    ['v9.0.0', { status: 1, stderr: /on the PATH: v9\.0\.0/ }],
    ['nonsense', { status: 1, stderr: /Node 24 or later is needed/ }],
  ] as const) t.match(run(t, launcher, fakeNode('path', version)), expected, version)
})

t.test('without any Node it says what is missing', async (t) => {
  const launcher = putPackage(emptyFolder(t), 'dist/main.js')
  t.match(run(t, launcher, null), { status: 1, stdout: '', stderr: /on the PATH: none/ })
})

t.test('sources come before what was built of them, and one of both must be there', async (t) => {
  const folder = emptyFolder(t)
  const launcher = putPackage(folder, 'dist/main.js')
  put(join(folder, 'src/main.ts'), '')
  t.match(run(t, launcher, fakeNode('path', 'v26.0.0')).stdout, 'src/main.ts')
  rmSync(join(folder, 'src'), { recursive: true })
  rmSync(join(folder, 'dist'), { recursive: true })
  t.match(run(t, launcher, fakeNode('path', 'v26.0.0')), { status: 1, stderr: /has neither/ })
})
