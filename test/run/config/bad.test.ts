/** Every file in bad/ is a configuration with something wrong; beside it is what is said then. */
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import { HauloutError } from '../../../src/errors.ts'
import { loadConfig } from '../../../src/run/config/load.ts'

const FOLDER = resolve(import.meta.dirname, 'bad')
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'))

/** What loading throws, as it would be printed. */
function complaint(text: string, file: string): string {
  try {
    loadConfig(text, file, { KEY: 'x' })
  } catch (error) {
    if (error instanceof HauloutError && error.code === 'config') return `${error.detail}\n`
    throw error
  }
  return ''
}

t.test('there are enough of them to cover every check', (t) => {
  t.ok(FILES.length >= 40)
  t.end()
})

for (const file of FILES) {
  t.test(`bad/${file} is refused in the words beside it`, (t) => {
    const text = readFileSync(resolve(FOLDER, file), 'utf8')
    const expected = readFileSync(resolve(FOLDER, file.replace('.yaml', '.txt')), 'utf8')
    const said = complaint(text, file)
    t.equal(said, expected)
    t.notMatch(said, /hunter2/i, 'a secret is never quoted')
    t.end()
  })
}

/** Where a secret may stand by mistake; S is the secret. */
const LEAKS = [
  'credentials:\n      secret_key: S\n',
  'credentials:\n      secret_key: "S" x\n',
  'credentials:\n      secret_key: "S\n',
  'credentials:\n      secret_key: S: x\n',
  'credentials:\n      secret_key: env:X S\n',
  'credentials:\n      secret_key: env:X/S\n',
  'credentials:\n      secret_key:\n        S\n        S: [\n',
  'credentials:\n      secret_key: |\n        S\n      secret_key: S\n',
  'credentials:\n      secret_key: !!binary S\n',
  'credentials:\n      secret_key: *S\n',
  'credentials:\n      secret_key: { S: S }\n',
  'credentials:\n      secret_key: [S, S]\n',
  'credentials:\n      - S\n      - S: S\n',
  'credentials:\n      S: S\n      S: S\n',
  'credentials:\n    \tsecret_key: S\n',
  'credentials: S\n',
  'credentials: { S }\n',
  'credentials: { S: S, secret_key: S\n',
  'credentials: "S"\n    secret_key: S\n',
  'credential: { access_key: S }\n',
  'secretKey: S\n',
  'headers: { authorization: Basic S, x-api-key: S }\n',
  'password: S\n    token: S\n',
  'endpoints: ["https://S:S@s3.example.org/"]\n',
  'endpoints: "https://x:S@s3.example.org/?S"\n',
  'endpoints: ["https://s3.example.org/?X-Amz-Signature=S", "https://S@h"]\n',
]

for (const leak of LEAKS) {
  t.test(`the secret in ${JSON.stringify(leak)} is not in the message`, (t) => {
    for (const secret of ['hunter2', 'hunter2/Hunter2+==']) {
      const text = `haulout: 1\norigins:\n  walrus:\n    ${leak.replaceAll(/\bS\b/g, secret)}`
      const said = complaint(text, 'x.yaml')
      t.match(said, /^x\.yaml:\d+:\d+: /)
      t.notMatch(said, /hunter2/i)
    }
    t.end()
  })
}
