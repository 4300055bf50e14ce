/**
 * `haulout explain`, compared as a whole. The folder explain/ holds a file for each of the samples:
 * command lines behind `$`, each with what it prints. The configurations are the examples in
 * config/, with their secrets where this test has put some.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseCommandLine } from '../../../src/run/cli/command-line.ts'
import { explanation } from '../../../src/run/cli/explain.ts'
import { lineOf } from '../../decide/access/vectors.ts'
import { runToEnd } from './process.ts'

const FOLDER = join(import.meta.dirname, 'explain')
const EXAMPLES = join(import.meta.dirname, '../../../config/examples')

/** The examples in a folder of this test, where their secrets are. */
function placed(t: Test): string {
  process.env['EC2_ACCESS_KEY'] = 'AKIDEXAMPLE'
  process.env['EC2_SECRET_KEY'] = 'example-secret'
  const files = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml')).map((name) => {
    const text = readFileSync(join(EXAMPLES, name), 'utf8')
      .replaceAll('file:/etc/haulout/secret', 'env:EC2_SECRET_KEY')
      .replaceAll('/etc/haulout/staff.htpasswd', 'staff.htpasswd')
    return [name, text] as const
  })
  return t.testdir({ ...Object.fromEntries(files), 'staff.htpasswd': lineOf('alice') })
}

/** Command lines and what they print. */
function blocksOf(text: string): Array<readonly [line: string, printed: string]> {
  return text.split(/^\$ haulout /m).slice(1).map((block) => {
    const end = block.indexOf('\n')
    return [block.slice(0, end), block.slice(end + 1).replace(/\n+$/, '\n')] as const
  })
}

async function printed(line: string, folder: string): Promise<string> {
  // Quotes as the shell has them, as far as they are needed here.
  const words = line.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll('\'', ''))
  const run = parseCommandLine(words)
  if (run.kind !== 'run') throw new Error(line)
  const config = join(folder, run.options['config']!)
  return explanation(run.operands, { ...run.options, config })
}

t.test('of the samples every step is told as it is written down', async (t) => {
  const folder = placed(t)
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'))
  t.equal(names.length, 4)
  for (const name of names) {
    const blocks = blocksOf(readFileSync(join(FOLDER, name), 'utf8'))
    t.ok(blocks.length > 0, name)
    for (const [line, expected] of blocks) t.equal(await printed(line, folder), expected, line)
  }
})

t.test('as JSON it is the trace, and no password or signature is in it', async (t) => {
  const folder = placed(t)
  const line = 'explain --json -c private-bucket.yaml -i 10.2.3.4 ' +
    "-H 'Authorization: Basic YWxpY2U6d29uZGVybGFuZA==' http://files.eng.example.org/a"
  const text = await printed(line, folder)
  t.match(JSON.parse(text), {
    generation: null,
    recv: { method: 'GET', host: 'files.eng.example.org', path: '/a', client: '10.2.3.4' },
    route: { name: 'eng-files', captures: { key: 'a' } },
    access: { answer: 'unknown' },
    answer: { status: null, outcome: null, hangs_on: 'password' },
  })
  t.notMatch(text, /YWxp|wonderland|alice|AKIDEXAMPLE|example-secret/)
  const allowed = await printed('explain -j -c private-bucket.yaml -i 10.2.3.4 -u alice ' +
    'http://files.eng.example.org/a', folder)
  t.match(JSON.parse(allowed).origin.fields.join(), /Authorization,AWS \*\*\*$/)
  t.notMatch(allowed, /AKIDEXAMPLE|example-secret/)
})

t.test('what cannot be asked is a wrong command line', async (t) => {
  const folder = placed(t)
  const config = join(folder, 'public-downloads.yaml')
  for (const [operands, options, message] of [
    [['/a'], { config, admin: 'http://127.0.0.1:1' }, 'exclude each other'],
    [['/a'], { config, client: 'me' }, '`client` must be an IP address'],
    [['/a'], { config, at: 'soon' }, '`at` must be an instant'],
    [['/a'], { config, user: 'a:b' }, '`user` must be the name of a user'],
    [['/a'], { config, header: 'Range' }, '--header is a name and a value'],
    [['/a'], { config, header: 'Ran ge: x' }, '`headers` must be texts'],
    [[''], { config }, '`url` must be a URL or a path'],
    [['/a'], { admin: 'nowhere' }, 'is no URL'],
  ] as const) {
    await t.rejects(explanation(operands, options), { code: 'usage', message: RegExp(message) })
  }
  await t.rejects(explanation(['/a'], { admin: 'http://127.0.0.1:1' }), { code: 'admin' })
  await t.rejects(explanation(['/a'], { config: join(folder, 'none') }), { code: 'config' })
})

t.test('as a command it prints, and says where nobody answers', async (t) => {
  const folder = placed(t)
  const config = join(folder, 'public-downloads.yaml')
  const { code, out, err } = await runToEnd('explain', '-c', config, 'http://x/nothing')
  t.same([code, err], [0, ''])
  t.match(out, /^would {4}answer 404 \(denied, no-route\)$/m)
  t.match(await runToEnd('explain', '--admin', 'http://127.0.0.1:1', '/a'),
    { code: 1, out: '', err: /ECONNREFUSED/ })
})
