import t from 'tap'
import { HauloutError } from '../../../src/errors.ts'
import { parseCommandLine } from '../../../src/run/cli/command-line.ts'
import { COMMANDS } from '../../../src/run/cli/commands.ts'
import { commandHelp, helpText } from '../../../src/run/cli/help.ts'

function run(command: string, options: object, operands: string[] = []): object {
  return { kind: 'run', command, options, operands }
}

t.test('words become what is to be done', async (t) => {
  for (const [words, expected] of [
    ['--help', { kind: 'help', command: null }],
    ['-h', { kind: 'help', command: null }],
    ['help', { kind: 'help', command: null }],
    ['help serve', { kind: 'help', command: 'serve' }],
    ['serve --help', { kind: 'help', command: 'serve' }],
    ['serve --wrong -h', null],
    ['check -h', { kind: 'help', command: 'check' }],
    ['--version', { kind: 'version' }],
    ['-V', { kind: 'version' }],
    ['serve --config a.yaml', run('serve', { config: 'a.yaml' })],
    ['serve --config=a.yaml', run('serve', { config: 'a.yaml' })],
    ['serve -c a.yaml', run('serve', { config: 'a.yaml' })],
    ['check a.yaml', run('check', {}, ['a.yaml'])],
    ['check -s --effective a.yaml', run('check', { strict: '', effective: '' }, ['a.yaml'])],
    ['check a.yaml --json', run('check', { json: '' }, ['a.yaml'])],
    ['check -- -a.yaml', run('check', {}, ['-a.yaml'])],
    ['reload', run('reload', {})],
    ['reload -a http://127.0.0.1:9', run('reload', { admin: 'http://127.0.0.1:9' })],
    ['purge a b c', run('purge', {}, ['a', 'b', 'c'])],
    ['purge --tag -s a', run('purge', { tag: '', soft: '' }, ['a'])],
    ['ban x', run('ban', {}, ['x'])],
    ['ban x y', null],
    ['purge', null],
    ['bans -k file:t', run('bans', { token: 'file:t' })],
    ['explain /a', run('explain', {}, ['/a'])],
    ['explain PUT /a -i ::1 -j', run('explain', { client: '::1', json: '' }, ['PUT', '/a'])],
    ['explain -H a:1 --header b:2 /a', run('explain', { header: 'a:1\nb:2' }, ['/a'])],
    ['demo', run('demo', {})],
    ['demo -p 81 --admin-port 82', run('demo', { port: '81', 'admin-port': '82' })],
  ] as const) {
    if (expected === null) t.throws(() => parseCommandLine(words.split(' ')), { code: 'usage' })
    else t.same(parseCommandLine(words.split(' ')), expected, words)
  }
})

t.test('a wrong command line is told what is wrong and what is right', async (t) => {
  for (const [words, expected] of [
    ['', 'a command is missing; ' +
      'the commands are serve, check, reload, purge, ban, bans, explain, demo; see haulout --help'],
    ['sevre', "there is no command 'sevre'; did you mean 'serve'?"],
    ['xyzzy', "there is no command 'xyzzy'; " +
      'the commands are serve, check, reload, purge, ban, bans, explain, demo; see haulout --help'],
    ['constructor', "there is no command 'constructor'; " +
      'the commands are serve, check, reload, purge, ban, bans, explain, demo; see haulout --help'],
    ['serve', '--config FILE is missing; usage: haulout serve --config FILE'],
    ['serve --conifg a', "there is no option '--conifg'; did you mean '--config'?"],
    ['serve --toString a', "there is no option '--toString'; usage: haulout serve --config FILE"],
    ['serve --config', '--config has no value; usage: haulout serve --config FILE'],
    ['serve -c a -c b', '-c is given twice; usage: haulout serve --config FILE'],
    ['serve -c a b', "'b' is too much; usage: haulout serve --config FILE"],
    ['check', 'FILE is missing; usage: haulout check [--strict] [--effective] [--json] FILE'],
    ['check a b', "'b' is too much; usage: haulout check [--strict] [--effective] [--json] FILE"],
    ['explain', 'URL is missing; usage: haulout explain [OPTIONS] [METHOD] URL'],
    ['explain a b c', "'c' is too much; usage: haulout explain [OPTIONS] [METHOD] URL"],
    ['explain -i 1 -i 2 a', '-i is given twice; usage: haulout explain [OPTIONS] [METHOD] URL'],
    ['check --json=x a', '--json takes no value; ' +
      'usage: haulout check [--strict] [--effective] [--json] FILE'],
  ] as const) {
    t.throws(() => parseCommandLine(words.split(' ').filter(Boolean)),
      new HauloutError('usage', expected), words)
  }
})

t.test('the help texts have every command and every option of the table', async (t) => {
  for (const [name, command] of Object.entries(COMMANDS)) {
    t.match(helpText(), `haulout ${name}`)
    t.match(helpText(), command.summary)
    for (const [long, option] of Object.entries(command.options)) {
      t.match(commandHelp(name as keyof typeof COMMANDS), `-${option.short}, --${long}`)
    }
  }
  t.ok(helpText().split('\n').every((line) => line.length <= 100))
})
