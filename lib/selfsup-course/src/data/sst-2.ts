import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { OnProgress } from 'selfsup';
import {
  type DownloadPatience,
  describeHolder,
  downloadFile,
  type PublishedFile,
  placeFolder,
  readArchive,
  VerifiedDownloadError,
  withLock,
} from 'verified-download';
import { courseDataFolder } from './course-data-folder';
import { TextDataError } from './text-data-error';

/** SST-2 as GLUE publishes it. */
export const GLUE_SST2_ARCHIVE: PublishedFile & { readonly md5: string } = {
  url: 'https://dl.fbaipublicfiles.com/glue/data/SST-2.zip',
  md5: '9f81648d4199384278b86e315dac217c',
};
/** An archive of SST-2 holds a dozen files, and 19 MB unpacked; the published one has 7 MB. */
const LIMITS = { members: 1000, totalBytes: 200_000_000 } as const;
const MOST_ARCHIVE_BYTES = 100_000_000;

/** Sentences of film reviews. */
export interface LabelledSentences {
  readonly sentences: readonly string[];
  /** 1: positive, 0: negative. */
  readonly labels: Uint8Array;
}

/** What {@link loadSst2} returns. */
export interface Sst2 {
  readonly name: string;
  readonly labelNames: readonly string[];
  readonly train: LabelledSentences;
  /** GLUE's `dev.tsv`: the labelled sentences that models are compared on. */
  readonly validation: LabelledSentences;
  /** `null` where it comes without labels, as from GLUE. */
  readonly test: LabelledSentences | null;
  /** The folder or archive it was read from. */
  readonly source: string;
}

/** Options of {@link loadSst2}. */
export interface LoadSst2Options {
  /** A folder or archive that holds SST-2; default: the environment variable `SST2_DIR`. */
  readonly dir?: string | undefined;
  /** Where a download is kept; default: `data/` of the course. */
  readonly dataDir?: string | undefined;
  /** Never uses the network. Default: false. */
  readonly offline?: boolean;
  /** What to download; default: {@link GLUE_SST2_ARCHIVE}. */
  readonly archive?: PublishedFile;
  readonly download?: DownloadPatience;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

type Part = 'train' | 'dev' | 'test';

/** Where each part is looked for in a folder or archive: GLUE's layout, then flat files. */
const NAMES: Readonly<Record<Part, readonly string[]>> = {
  train: ['SST-2/train.tsv', 'train.tsv', 'sst2_train.tsv'],
  dev: ['SST-2/dev.tsv', 'dev.tsv', 'sst2_dev.tsv'],
  test: ['SST-2/test.tsv', 'test.tsv', 'sst2_test.tsv'],
};
const LAYOUT =
  'a folder with SST-2/train.tsv and SST-2/dev.tsv, the files themselves, sst2_train.tsv and sst2_dev.tsv, or the archive SST-2.zip';

/**
 * Where SST-2 lies on this machine: the path named by `dir` or `SST2_DIR` where one is, whatever it holds (a wrong one is
 * for {@link loadSst2} to tell), else the data folder where it has SST-2's files; else `null`.
 */
export function findSst2({
  dir,
  dataDir = courseDataFolder(),
}: Pick<LoadSst2Options, 'dir' | 'dataDir'> = {}): string | null {
  const given = dir ?? (process.env.SST2_DIR || undefined);
  if (given !== undefined) return resolve(given);
  const isThere = (part: Part): string | undefined =>
    NAMES[part].find((name) => existsSync(join(dataDir, name)));
  const train = isThere('train');
  if (train === undefined || isThere('dev') === undefined) return null;
  return resolve(dataDir, dirname(train));
}

/**
 * SST-2, sentences of film reviews labelled positive or negative. It is read from `dir` or `SST2_DIR` where one is
 * given, else from the data folder, else downloaded into it: resumed when interrupted, checked against the published
 * MD5, and put in place as a whole.
 *
 * GLUE's training file holds phrases as well as sentences; a validation split of one's own taken from it would share
 * words with its training part, so models are chosen on `validation` or on other text.
 *
 * @throws TextDataError when it is not where it was looked for, cannot be downloaded or stored, or is damaged.
 * @see Socher et al., "Recursive deep models for semantic compositionality over a sentiment treebank", EMNLP 2013.
 * @see Wang et al., "GLUE", 2018, arXiv:1804.07461.
 */
export async function loadSst2(options: LoadSst2Options = {}): Promise<Sst2> {
  const { dir, dataDir = courseDataFolder(), offline = false } = options;
  const given = dir ?? (process.env.SST2_DIR || undefined);
  if (given !== undefined) {
    const variable = dir === undefined ? 'SST2_DIR' : 'dir';
    const path = resolve(given);
    const found = await readFrom(path);
    if (found === null) {
      const trouble = existsSync(path) ? 'does not hold SST-2' : 'does not exist';
      throw new TextDataError(
        `${variable} is ${path}, which ${trouble}. Expected ${LAYOUT}. Correct it, or leave it out to download SST-2.`,
      );
    }
    return found;
  }
  const here = await readFrom(resolve(dataDir));
  if (here !== null) return here;
  if (offline) {
    throw new TextDataError(
      `SST-2 is not in ${resolve(dataDir)}, and the network is not to be used. Fetch ` +
        `${GLUE_SST2_ARCHIVE.url} elsewhere and name it (or the folder it was unpacked to) with SST2_DIR.`,
    );
  }
  await fetchSst2(resolve(dataDir), options);
  return (await readFrom(resolve(dataDir))) as Sst2;
}

/** SST-2 in a folder or archive, or `null` when it is not there. */
async function readFrom(path: string): Promise<Sst2 | null> {
  if (!existsSync(path)) return null;
  if (!statSync(path).isDirectory()) return sst2Of(path, await unzipped(path));
  const files = new Map<string, Uint8Array>();
  for (const name of Object.values(NAMES).flat()) {
    const file = join(path, name);
    if (existsSync(file)) files.set(name, await readFile(file));
  }
  return sst2Of(path, files);
}

function sst2Of(source: string, files: ReadonlyMap<string, Uint8Array>): Sst2 | null {
  const part = (which: Part): LabelledSentences | null => {
    const name = NAMES[which].find((candidate) => files.has(candidate));
    if (name === undefined) return null;
    return parse(new TextDecoder().decode(files.get(name)), join(source, name));
  };
  const [train, validation] = [part('train'), part('dev')];
  if (train === null || validation === null) return null;
  const labelNames = ['negative', 'positive'];
  return { name: 'SST-2', labelNames, train, validation, test: part('test'), source };
}

/**
 * Reads a file of sentences: GLUE's has the heading `sentence	label` and the label after the sentence; others have no
 * heading and the label before it. GLUE's test file has no labels: `null`.
 */
function parse(text: string, file: string): LabelledSentences | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const heading = /^(sentence\tlabel|index\tsentence)\s*$/.exec(lines[0] ?? '')?.[1];
  if (heading === 'index\tsentence') return null;
  const rows = heading === undefined ? lines : lines.slice(1);
  const sentences: string[] = [];
  const labels = new Uint8Array(rows.length);
  rows.forEach((line, row) => {
    const [first = '', second = '', ...more] = line.split('\t');
    const [sentence, label] = heading === undefined ? [second, first] : [first, second];
    if (more.length > 0 || sentence.trim() === '' || !/^[01]$/.test(label.trim())) {
      throw new TextDataError(
        `${file}, line ${row + 1 + lines.length - rows.length}: expected a sentence, a tab and a label 0 or 1 (or the ` +
          `label first), found "${line.slice(0, 60)}". Get SST-2 again.`,
      );
    }
    sentences.push(sentence.trim());
    labels[row] = Number(label);
  });
  if (sentences.length === 0) {
    throw new TextDataError(`${file} holds no sentence. Get SST-2 again.`);
  }
  return { sentences, labels };
}

/** The files of the archive that are wanted, by name, in memory: nothing is written where an archive says. */
async function unzipped(path: string): Promise<Map<string, Uint8Array>> {
  const wanted = new Set(Object.values(NAMES).flat());
  try {
    return await readArchive(path, { wanted: (member) => wanted.has(member.path), limits: LIMITS });
  } catch (cause) {
    if (!(cause instanceof VerifiedDownloadError)) throw cause;
    const what =
      cause.reason === 'not-an-archive' ? `${path} is not a zip archive.` : cause.problem;
    throw new TextDataError(`${what} Get it again.`, { cause });
  }
}

async function fetchSst2(
  dataDir: string,
  { archive = GLUE_SST2_ARCHIVE, download, signal, onProgress }: LoadSst2Options,
): Promise<void> {
  const target = join(dataDir, basename(new URL(archive.url).pathname));
  const label = 'Downloading SST-2';
  try {
    await mkdir(dataDir, { recursive: true });
    await withLock(
      target,
      {
        signal,
        purpose: 'fetching SST-2',
        onWaiting: (holder) => {
          const message = `waiting for ${describeHolder(holder)}`;
          onProgress?.({ label, done: 0, total: null, unit: 'bytes', message });
        },
      },
      async (exclusive) => {
        if ((await readFrom(dataDir)) !== null) return;
        await downloadFile(archive, target, {
          maximumSize: MOST_ARCHIVE_BYTES,
          ...download,
          name: 'SST-2',
          alternative: 'fetch the archive yourself and name it with SST2_DIR',
          signal: exclusive,
          onProgress,
        });
        await unpack(target, dataDir);
        await rm(target);
      },
    );
  } catch (cause) {
    if (cause instanceof TextDataError) throw cause;
    const { message: trouble } = cause as Error;
    throw new TextDataError(
      cause instanceof VerifiedDownloadError
        ? trouble
        : `SST-2 cannot be stored in ${dataDir} (${trouble}). Make room or choose another folder with dataDir.`,
      { cause },
    );
  }
}

/** Unpacks beside the final folder and renames, so that the final one is whole or not there. */
async function unpack(archive: string, dataDir: string): Promise<void> {
  const files = await unzipped(archive);
  if (sst2Of(archive, files) === null) {
    throw new TextDataError(
      `${archive} does not hold SST-2; it holds ${[...files.keys()].join(', ') || 'none of its files'}. Delete it and ` +
        'try again.',
    );
  }
  // What stands there is not all of SST-2, or it would have been read. It is kept, out of the way.
  await placeFolder(join(dataDir, 'SST-2'), async (unfinished) => {
    for (const [name, content] of files) await writeFile(join(unfinished, basename(name)), content);
  });
}
