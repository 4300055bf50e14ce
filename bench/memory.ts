/**
 * How much memory does haulout take while one huge object streams through a small memory tier to
 * many clients, one of whom has stopped reading? Once with a disk tier that can hold the object,
 * once with an object larger than both tiers.
 *
 * What is hard about it: "resident" mixes two things. Anonymous memory is the program's own. Pages
 * of the mapped database file count as resident too, but they are the kernel's page cache, which
 * it takes back when anybody needs memory. Both are reported, and the kernel's own peak of the sum.
 */
import { parseBytes } from '../src/lib/bytes.ts'
import { fetchAll } from './clients.ts'
import { startHauloutWith, type Bench } from './competitors.ts'
import type { LoadReport } from './load.ts'
import { residentOf, type Resident } from './process.ts'

const CLIENTS = 50
const SAMPLE_MS = 50

type Story = {
  readonly name: string
  readonly object: string
  readonly memory: string
  readonly disk: string
}

const STORIES: readonly Story[] = [
  { name: 'the disk tier can hold it', object: '4GiB', memory: '64MiB', disk: '6GiB' },
  { name: 'larger than both tiers', object: '4GiB', memory: '64MiB', disk: '1GiB' },
]

const QUICK_STORIES: readonly Story[] = [
  { name: 'the disk tier can hold it', object: '512MiB', memory: '64MiB', disk: '1GiB' },
  { name: 'larger than both tiers', object: '512MiB', memory: '64MiB', disk: '128MiB' },
]

export type MemoryResult = {
  readonly story: Story
  /** Before the first request. */
  readonly idle: Resident
  /** Until all but the stalled client were done. */
  readonly during: Highest
  /** Until the stalled client had the rest too. */
  readonly after: Highest
  readonly report: LoadReport
}

/** Bytes. The two parts are the highest samples of each, and need not be of the same moment. */
type Highest = {
  /** The kernel's own peak of all resident memory so far: VmHWM. */
  readonly peak: number
  readonly anonymous: number
  readonly file: number
}

type Sample = Resident & { readonly at: number }

/** Runs both stories; every byte that any client reads is compared with the origin's. */
export async function measureMemory(
  bench: Bench, loadCore: number, isQuick: boolean,
): Promise<MemoryResult[]> {
  const results: MemoryResult[] = []
  for (const [index, story] of (isQuick ? QUICK_STORIES : STORIES).entries()) {
    const result = await tell(story, bench, { loadCore, label: `stream-${index}` })
    console.error(`${story.name}: ${mebibytes(result.during.peak)}`)
    results.push(result)
  }
  return results
}

async function tell(
  story: Story, bench: Bench, { loadCore, label }: { loadCore: number; label: string },
): Promise<MemoryResult> {
  const { port, running } = await startHauloutWith(label, bench, story)
  try {
    const idle = residentOf(running.pid)
    const samples: Sample[] = []
    const sample = (): unknown => samples.push({ at: Date.now(), ...residentOf(running.pid) })
    const timer = setInterval(sample, SAMPLE_MS)
    const bodyBytes = parseBytes(story.object)!
    const report = await fetchAll(loadCore, {
      port, path: `/bench/${bodyBytes}`, bodyBytes, head: '', compare: true,
      connections: CLIENTS - 1, requests: CLIENTS - 1, stalled: 1,
    }).finally(() => clearInterval(timer))
    sample()
    const during = samples.filter(({ at }) => at <= report.doneAt)
    return { story, idle, during: highest(during), after: highest(samples), report }
  } finally {
    await running.stop()
  }
}

function highest(samples: readonly Sample[]): Highest {
  const most = (part: (sample: Sample) => number): number =>
    samples.reduce((top, sample) => Math.max(top, part(sample)), 0)
  return {
    peak: most(({ peak }) => peak),
    anonymous: most(({ anonymous }) => anonymous),
    file: most(({ file }) => file),
  }
}

/** Two lines per story. */
export function memoryTable(results: readonly MemoryResult[]): string {
  const lines = [
    '| one object to 50 clients | until | peak resident | anonymous | mapped file | GiB/s |',
    '|---|---|--:|--:|--:|--:|',
  ]
  for (const { story, during, after, report } of results) {
    const { object, memory, disk, name } = story
    const sizes = ({ peak, anonymous, file }: Highest): string =>
      [peak, anonymous, file].map((bytes) => mebibytes(bytes)).join(' | ')
    const rate = report.bytes / report.seconds / 1024 ** 3
    lines.push(
      `| ${object}, memory ${memory}, disk ${disk}: ${name} ` +
        `| 49 are done, one stands still | ${sizes(during)} | ${rate.toFixed(1)} |`,
      `| | the one has gone on: ${report.stalled.join(', ')} | ${sizes(after)} | |`,
    )
  }
  const [idle] = results.map((result) => result.idle)
  const before = idle === undefined ? '' : `\n\nBefore the first request: ` +
    `${mebibytes(idle.total)}, of which ${mebibytes(idle.file)} mapped (Node itself).`
  return lines.join('\n') + before
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(0)} MiB`
