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
  /** The kernel's peak of all resident memory. */
  readonly peak: number
  /** The highest samples of each part; they need not be of the same moment. */
  readonly anonymous: number
  readonly file: number
  readonly report: LoadReport
}

/** Runs both stories; every byte that any client reads is compared with the origin's. */
export async function measureMemory(
  bench: Bench, loadCore: number, isQuick: boolean,
): Promise<MemoryResult[]> {
  const results: MemoryResult[] = []
  for (const [index, story] of (isQuick ? QUICK_STORIES : STORIES).entries()) {
    const result = await tell(story, bench, { loadCore, label: `stream-${index}` })
    console.error(`${story.name}: ${mebibytes(result.peak)} MiB`)
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
    const most = { anonymous: 0, file: 0 }
    const timer = setInterval(() => {
      const now = residentOf(running.pid)
      most.anonymous = Math.max(most.anonymous, now.anonymous)
      most.file = Math.max(most.file, now.file)
    }, SAMPLE_MS)
    const bodyBytes = parseBytes(story.object)!
    const report = await fetchAll(loadCore, {
      port, path: `/bench/${bodyBytes}`, bodyBytes, head: '', compare: true,
      connections: CLIENTS - 1, requests: CLIENTS - 1, stalled: 1,
    }).finally(() => clearInterval(timer))
    const { peak } = residentOf(running.pid)
    return { story, idle, peak, ...most, report }
  } finally {
    await running.stop()
  }
}

/** One line per story; all sizes in MiB. */
export function memoryTable(results: readonly MemoryResult[]): string {
  const lines = [
    '| streaming to 50 clients, one stalled | peak resident | anonymous | mapped file | idle ' +
      '| stalled client | GiB/s |',
    '|---|--:|--:|--:|--:|---|--:|',
  ]
  for (const { story, idle, peak, anonymous, file, report } of results) {
    const { object, memory, disk, name } = story
    const sizes = [peak, anonymous, file, idle.total].map((bytes) => `${mebibytes(bytes)} MiB`)
    const rate = report.bytes / report.seconds / 1024 ** 3
    lines.push(`| ${object}, memory ${memory}, disk ${disk}: ${name} | ${sizes.join(' | ')} ` +
      `| ${report.stalled.join(', ')} | ${rate.toFixed(1)} |`)
  }
  return lines.join('\n')
}

const mebibytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(0)
