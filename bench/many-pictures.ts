/**
 * What the examples for your own pictures cost with many: seconds and the most memory of search.ts (first, again, duplicates),
 * label.ts and one epoch of pretrain.ts, each a process of its own, on folders of generated JPEG files.
 *
 *   npx ts-node --transpile-only bench/many-pictures.ts [--pictures 10000,100000] [--side 64] [--only search,label] [--save]
 *
 * `--save` writes bench/MANY-PICTURES.md. The folders lie in the system's temporary folder and are removed; 100,000 files of 64 × 64
 * pixels take 400 MB there. A command that fails ends the measurement.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { RandomGenerator } from 'selfsup';
import { replaceFile } from 'selfsup/training/files';
import { progressBar } from 'selfsup-course';
import sharp from 'sharp';
import { describeMachine, disturbance, type Machine } from './machine';
import { describeConditions, markdownTable } from './results-document';

const ROOT = join(__dirname, '..');
/** Files that are written at once. */
const AT_ONCE = 16;
/** Each so many pictures, one is the picture before it, saved again. */
const SAVED_AGAIN_EVERY = 500;
const RECTANGLES = 8;
const EXAMPLES = 10;
const THRESHOLD = '0.999';

/** The folders of a measurement. */
interface Folders {
  readonly pictures: string;
  /** Ten pictures of each of two classes. */
  readonly examples: string;
  /** The cache, and what the commands write. */
  readonly results: string;
}

/** A command that is measured. */
interface Command {
  readonly name: string;
  readonly group: 'search' | 'label' | 'pretrain';
  readonly args: (folders: Folders) => readonly string[];
}

interface Measured {
  readonly seconds: number;
  readonly peakMegabytes: number;
  /** A line of what it printed. */
  readonly said: string;
}

const query = ({ examples }: Folders) => join(examples, 'warm', '0.jpg');
const COMMANDS: readonly Command[] = [
  {
    name: 'search.ts, the first time',
    group: 'search',
    args: (folders) => ['search.ts', folders.pictures, query(folders)],
  },
  {
    name: 'search.ts, again',
    group: 'search',
    args: (folders) => ['search.ts', folders.pictures, query(folders)],
  },
  {
    name: `search.ts --duplicates --encoder cifar10 --threshold ${THRESHOLD}`,
    group: 'search',
    args: ({ pictures }) => [
      'search.ts',
      pictures,
      '--duplicates',
      ...['--encoder', 'cifar10'],
      ...['--threshold', THRESHOLD],
    ],
  },
  {
    name: 'label.ts',
    group: 'label',
    args: ({ examples, pictures }) => ['label.ts', examples, pictures],
  },
  {
    name: 'pretrain.ts --epochs 1',
    group: 'pretrain',
    args: ({ pictures }) => ['pretrain.ts', '--images', pictures, '--epochs', '1'],
  },
];

/** Rectangles on a plain ground, another picture for each seed; a warm one has red grounds, the others any. */
function jpeg(
  seed: number,
  { side, quality, warm }: { side: number; quality: number; warm?: boolean },
): Promise<Buffer> {
  const random = new RandomGenerator(seed);
  const colour = () => [0, 1, 2].map(() => random.nextInteger(256));
  const ground = colour();
  if (warm !== undefined) ground[warm ? 0 : 2] = 255;
  if (warm !== undefined) ground[warm ? 2 : 0] = 0;
  const pixels = new Uint8Array(side * side * 3);
  const fill = (left: number, top: number, right: number, bottom: number, of: number[]) => {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) pixels.set(of, 3 * (y * side + x));
    }
  };
  fill(0, 0, side, side, ground);
  for (let n = 0; n < RECTANGLES; n++) {
    const [left, top] = [random.nextInteger(side), random.nextInteger(side)];
    const [width, height] = [1, 2].map(() => 1 + random.nextInteger(Math.ceil(side / 2))) as [
      number,
      number,
    ];
    fill(left, top, Math.min(side, left + width), Math.min(side, top + height), colour());
  }
  const raw = { width: side, height: side, channels: 3 } as const;
  return sharp(pixels, { raw }).jpeg({ quality }).toBuffer();
}

async function writePictures(folder: string, count: number, side: number): Promise<void> {
  const onProgress = progressBar();
  const label = `Writing ${count.toLocaleString('en-GB')} pictures`;
  for (let start = 0; start < count; start += AT_ONCE) {
    const part = Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, i) => start + i);
    await Promise.all(
      part.map(async (n) => {
        const isAgain = n % SAVED_AGAIN_EVERY === SAVED_AGAIN_EVERY - 1;
        const bytes = await jpeg(isAgain ? n - 1 : n, { side, quality: isAgain ? 80 : 92 });
        await writeFile(join(folder, `${n}.jpg`), bytes);
      }),
    );
    onProgress({ label, done: start + part.length, total: count, unit: 'files' });
  }
}

async function writeExamples(folder: string, side: number): Promise<void> {
  for (const [name, warm] of [
    ['warm', true],
    ['cool', false],
  ] as const) {
    mkdirSync(join(folder, name));
    for (let n = 0; n < EXAMPLES; n++) {
      const bytes = await jpeg(1e9 + n + (warm ? 0 : EXAMPLES), { side, quality: 92, warm });
      await writeFile(join(folder, name, `${n}.jpg`), bytes);
    }
  }
}

/** Runs an example as a reader does, with a cache of its own. */
async function measure(command: Command, folders: Folders): Promise<Measured> {
  const [example, ...args] = command.args(folders);
  const peak = join(folders.results, 'peak');
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...['-r', 'ts-node/register/transpile-only', '-r', join(__dirname, 'report-peak-memory.ts')],
      join(ROOT, 'examples', example as string),
      ...args,
      ...['--out', join(folders.results, command.group)],
    ],
    {
      cwd: ROOT,
      env: { ...process.env, CI: '1', XDG_CACHE_HOME: folders.results, PEAK_MEMORY_FILE: peak },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [printed, status] = await Promise.all([text(child.stdout), ended]);
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`${command.name} ended with exit code ${status}.\n${printed}`);
  const said = printed.split('\n').find((line) => /^[\d,]+ groups? |^Labels of|^After/.test(line));
  return { seconds, peakMegabytes: Number(readFileSync(peak, 'utf8')), said: said ?? '' };
}

async function measureAll(
  count: number,
  side: number,
  commands: readonly Command[],
): Promise<string[][]> {
  const whole = mkdtempSync(join(tmpdir(), 'many-pictures-'));
  const folders = {
    pictures: join(whole, 'pictures'),
    examples: join(whole, 'examples'),
    results: join(whole, 'results'),
  };
  try {
    for (const folder of Object.values(folders)) mkdirSync(folder);
    await writePictures(folders.pictures, count, side);
    await writeExamples(folders.examples, side);
    const rows: string[][] = [];
    for (const command of commands) {
      const { seconds, peakMegabytes, said } = await measure(command, folders);
      const row = [
        command.name,
        count.toLocaleString('en-GB'),
        seconds.toFixed(seconds < 100 ? 1 : 0),
        peakMegabytes.toFixed(0),
      ];
      console.log(`${row.join(' | ')}  ${said}`);
      rows.push(row);
    }
    return rows;
  } finally {
    rmSync(whole, { recursive: true });
  }
}

function resultsPage(rows: readonly string[][], side: number, machine: Machine): string {
  return [
    '# Many pictures',
    `Seconds and the most resident memory of the examples for your own pictures, each a process of its own, on JPEG files of ${side} × ${side} ` +
      'pixels, compared at 32 × 32 by the encoder that ships with the course. Measured by ' +
      `\`npx ts-node --transpile-only bench/many-pictures.ts --save\` on ${new Date().toISOString().slice(0, 10)}.`,
    describeConditions(machine, [`Node ${process.versions.node}`]),
    markdownTable({ columns: ['command', 'pictures', 'seconds', 'peak (MB)'], rows }),
    'The pixels of a picture at 32 × 32 are 3 kB, its features 0.5 kB; the pictures themselves are let go one by one.',
    '',
  ].join('\n\n');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      pictures: { type: 'string', default: '10000,100000' },
      side: { type: 'string', default: '64' },
      only: { type: 'string', default: 'search,label,pretrain' },
      save: { type: 'boolean', default: false },
    },
  });
  const side = Number(values.side);
  const groups = values.only.split(',');
  const commands = COMMANDS.filter(({ group }) => groups.includes(group));
  const machine = await describeMachine();
  const warning = disturbance(machine);
  if (warning !== null) console.warn(warning);
  const rows: string[][] = [];
  for (const count of values.pictures.split(',').map(Number)) {
    rows.push(...(await measureAll(count, side, commands)));
  }
  if (!values.save) return;
  const file = join(__dirname, 'MANY-PICTURES.md');
  await replaceFile(file, Buffer.from(resultsPage(rows, side, machine)));
  console.log(`Saved in ${file}.`);
}

void main();
