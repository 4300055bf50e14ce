/**
 * What the manual tells those who come from VCL: the VCL is real, which Varnish's own compiler says
 * where there is one, and each has its successor, whose tests run with those of all examples.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { generated } from '../../../src/run/config/manual.ts'

const EXAMPLES = resolve(import.meta.dirname, '../../../config/examples')
const FILES = readdirSync(join(EXAMPLES, 'vcl')).map((file) => join(EXAMPLES, 'vcl', file))
const VARNISHD = ['/usr/sbin/varnishd', '/usr/local/sbin/varnishd'].find(existsSync)

for (const file of FILES) {
  const skip = VARNISHD === undefined ? 'there is no varnishd' : false
  t.test(`${file.split('/').at(-1)} is VCL 4.1`, { skip }, (t) => {
    t.match(readFileSync(file, 'utf8'), /^vcl 4\.1;$/m)
    const args = ['-C', '-f', file, '-n', t.testdir({})]
    const { status, stderr } = spawnSync(VARNISHD!, args, { encoding: 'utf8' })
    t.equal(status, 0, stderr.slice(0, 2000))
    t.end()
  })

  t.test(`${file.split('/').at(-1)} has its successor, and the manual shows both`, (t) => {
    const manual = generated().get('README.md')!
    const successor = file.replace('/vcl/', '/').replace('.vcl', '.yaml')
    const [vcl, yaml] = [file, successor].map((path) => readFileSync(path, 'utf8'))
    t.ok(manual.includes(`\`\`\`vcl\n${vcl}\`\`\``))
    const [, ...lines] = yaml!.split('\n')
    t.ok(manual.includes(lines.join('\n')))
    t.match(yaml, /^tests:$/m, 'with tests')
    t.end()
  })
}

t.test('there are three', (t) => {
  t.equal(FILES.length, 3)
  t.end()
})
