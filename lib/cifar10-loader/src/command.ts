import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { Cifar10Error } from './errors';
import { type Cifar10, loadCifar10 } from './load-cifar10';
import type { Cifar10Progress } from './progress';
import { verifyCifar10 } from './verification';

const HELP = `Usage: cifar10-loader [--dir PATH] [--data-dir PATH] [--offline] [--verify]

Makes sure that CIFAR-10 is on this machine and can be read; downloads it (170 MB) where it is missing.

  --dir PATH       a folder or archive that holds CIFAR-10 (default: the variable CIFAR10_DIR)
  --data-dir PATH  where a download is kept (default: data/ of the course, else the user's cache folder)
  --offline        never use the network
  --verify         also check the number of images, the classes and the channel means
  --help           this text
`;

/** A bar on a terminal; elsewhere one line whenever the work or a message changes. */
class ProgressDisplay {
  #label = '';
  #message: string | undefined;
  #bar: SingleBar | null = null;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  readonly show = ({ label, done, total, unit, message }: Cifar10Progress): void => {
    const isNew = label !== this.#label;
    const isNews = message !== undefined && message !== this.#message;
    if (isNew) {
      this.close();
      this.#label = label;
    }
    if (isNews) {
      this.close();
      this.#message = message;
      this.stream.write(`${label}: ${message}\n`);
    }
    if (!this.stream.isTTY) {
      if (isNew && !isNews) this.stream.write(`${label} …\n`);
      return;
    }
    const divisor = unit === 'bytes' ? 1e6 : 1;
    if (this.#bar === null) {
      this.#bar = new SingleBar(
        {
          format: '{label} [{bar}] {percentage} % | {value}/{total} {unit} | {eta_formatted} left',
          stream: this.stream,
          hideCursor: true,
        },
        Presets.shades_classic,
      );
      this.#bar.start(0, 0, { label, unit: unit === 'bytes' ? 'MB' : unit });
    }
    this.#bar.setTotal(Math.round((total ?? done) / divisor));
    this.#bar.update(Math.round(done / divisor));
  };

  close(): void {
    this.#bar?.stop();
    this.#bar = null;
  }
}

function sayWhatWasFound(splits: readonly Cifar10[]): string {
  const [first] = splits;
  const names = first?.nouns
    ? `Original file names: ${new Set(splits.flatMap(({ nouns }) => nouns ?? [])).size} different nouns.`
    : 'Original file names: none (they come with the Python version, or with a cifar10_filenames.txt beside the data).';
  return `${first?.source ?? ''}\n${splits.map(({ split, size }) => `${split}: ${size} images`).join('\n')}\n${names}\n`;
}

/**
 * The command `cifar10-loader`.
 *
 * @param args the words after the command.
 * @returns exit status: 0 when the data are there, 1 when not, 2 for a mistake in the arguments, 130 when interrupted.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  const options = {
    dir: { type: 'string' },
    'data-dir': { type: 'string' },
    offline: { type: 'boolean', default: false },
    verify: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    values = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  const display = new ProgressDisplay(process.stderr);
  try {
    const splits: Cifar10[] = [];
    for (const split of ['train', 'test'] as const) {
      splits.push(
        await loadCifar10({
          split,
          dir: values.dir,
          dataDir: values['data-dir'],
          offline: values.offline === true,
          signal: interrupt.signal,
          onProgress: display.show,
        }),
      );
    }
    display.close();
    process.stdout.write(sayWhatWasFound(splits));
    if (values.verify) {
      for (const split of splits) process.stdout.write(`Verified ${verifyCifar10(split)}\n`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof Cifar10Error)) throw error;
    display.close();
    process.stderr.write(`${error.message}\n`);
    return interrupt.signal.aborted ? 130 : 1;
  } finally {
    display.close();
    process.removeListener('SIGINT', onInterrupt);
  }
}
