/**
 * Search by picture, without a label and without training: the pictures of a folder that are most similar to one picture, and
 * those that are nearly the same. Results as lines, PNG and HTML.
 *
 *   npx ts-node examples/search.ts ~/Pictures ~/Pictures/holiday.jpg
 *   npx ts-node examples/search.ts ~/Pictures --duplicates
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type DuplicateFile,
  encodeSafetensors,
  extractFeatures,
  type ImageFolderDataSet,
  ImageIndex,
  imageFile,
  imageGrid,
  parseSafetensors,
  tf,
} from 'selfsup';
import { replaceFile } from 'selfsup/training/files';
import { progressBar, show } from 'selfsup-course';
import { ENCODER_HELP, featuresOption, type OpenFeatures, openFeatures } from './open-encoder';
import { makeOutputFolder } from './output-folder';
import { PICTURE_SIZE, readFolder } from './read-folder';
import { type PageSection, writeResultPage } from './result-page';
import { count, positiveNumber, runCommand, UsageError, wholeNumber } from './run-command';

const HELP = `Finds pictures in a folder: those most similar to one picture, or those that are nearly the same.

  npx ts-node examples/search.ts FOLDER QUERY [options]
  npx ts-node examples/search.ts FOLDER --duplicates [options]

  FOLDER              JPEG, PNG, BMP and GIF files, subfolders included; others are named and skipped (save HEIC and
                      WebP as JPEG first). Pictures are compared at 32 × 32 pixels
  QUERY               a picture, in the folder or elsewhere
  --encoder X         whose features are compared (default: cifar10, trained on photographs; for duplicates pixels):${ENCODER_HELP}
  --matches N         how many similar pictures to find (default: 12)
  --duplicates        find groups of pictures that are the same or nearly the same
  --threshold X       cosine of two features from which they count as nearly the same, at most 1 (default: 0.995)
  --out FOLDER        for the page, which replaces that of the last search, the picture of the results, and the features of
                      the pictures (default: data/search)
  --help              this text

What was decoded and computed is kept: the next search in an unchanged folder takes seconds.`;

interface Options {
  readonly folder: string;
  /** `null` to look for duplicates. */
  readonly query: string | null;
  readonly encoder: string;
  readonly matches: number;
  readonly threshold: number;
  readonly out: string;
}

/** So many groups are shown as pictures; all of them are on the page. */
const GROUPS_SHOWN = 12;
/** Pictures of a group that fit into a row. */
const ROW = 6;

/** @throws UsageError naming the option that is wrong; `null` where help was asked for. */
function commandLine(): Options | null {
  const { values, positionals } = readArguments();
  if (values.help) return null;
  const [folder, query, ...more] = positionals;
  if (folder === undefined) throw new UsageError('Name a folder of pictures.');
  if (more.length > 0) {
    throw new UsageError(`"${more[0]}" is one word too many; expected a folder and a picture.`);
  }
  if ((query === undefined) !== values.duplicates) {
    throw new UsageError('Name a picture to search by, or --duplicates; one of the two.');
  }
  return {
    folder: resolve(folder),
    query: query === undefined ? null : resolve(query),
    encoder: featuresOption(
      '--encoder',
      values.encoder ?? (values.duplicates ? 'pixels' : 'cifar10'),
    ),
    matches: wholeNumber('matches', values.matches, 1),
    threshold: positiveNumber('threshold', values.threshold, 1),
    out: resolve(values.out),
  };
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      encoder: { type: 'string' },
      matches: { type: 'string', default: '12' },
      duplicates: { type: 'boolean', default: false },
      threshold: { type: 'string', default: '0.995' },
      out: { type: 'string', default: join(__dirname, '../data/search') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

/**
 * The features of all pictures: from the file of an earlier search where neither pictures nor encoder have changed. Those
 * without a digest are not kept: their file would be larger than the pictures', and would replace the features of an encoder.
 */
async function featuresOf(
  pictures: ImageFolderDataSet,
  encoder: OpenFeatures,
  out: string,
): Promise<tf.Tensor2D> {
  const extract = () => extractFeatures(encoder.model, pictures, { onProgress: progressBar() });
  if (encoder.digest === null) return extract();
  const key = createHash('sha256').update(pictures.pixels).update(encoder.digest).digest('hex');
  const file = join(out, 'features.safetensors');
  if (existsSync(file)) {
    try {
      const { tensors, metadata } = parseSafetensors(await readFile(file));
      const [stored] = tensors;
      if (metadata?.key === key && stored !== undefined) {
        return tf.tensor2d(stored.values as Float32Array, stored.shape as [number, number]);
      }
    } catch {
      // Damaged: it is written again.
    }
  }
  const features = await extract();
  const values = (await features.data()) as Float32Array;
  const tensors = [{ name: 'features', dtype: 'F32', shape: features.shape, values }] as const;
  await replaceFile(file, encodeSafetensors({ tensors, metadata: { key } }));
  return features;
}

async function main(options: Options): Promise<void> {
  const { folder, query, out } = options;
  await makeOutputFolder(out, [folder]);
  // Before the folder, which may take minutes.
  const asked =
    query === null ? null : { file: query, image: await imageFile(query, { size: PICTURE_SIZE }) };
  const started = performance.now();
  const whole = { classes: 'none', testFraction: 0, validationFraction: 0 } as const;
  const { train: pictures, duplicates } = await readFolder(folder, whole);
  const encoder = await openFeatures(options.encoder);
  const features = await featuresOf(pictures, encoder, out);
  const forward = (images: tf.Tensor4D) =>
    typeof encoder.model === 'function'
      ? encoder.model(images)
      : (encoder.model.apply(images, { training: false }) as tf.Tensor2D);
  const index = new ImageIndex(features, forward);
  try {
    if (asked === null) await showDuplicates(index, pictures, duplicates, encoder.name, options);
    else await showMatches(index, pictures, asked, encoder.name, options);
  } finally {
    asked?.image.dispose();
    index.dispose();
    encoder.dispose();
  }
  const { rss } = process.memoryUsage();
  console.log(
    `${count(pictures.size, 'picture')}, ${((performance.now() - started) / 1000).toFixed(1)} s, ` +
      `${Math.round(rss / 1e6)} MB.`,
  );
}

async function showMatches(
  index: ImageIndex,
  pictures: ImageFolderDataSet,
  { file: query, image }: { readonly file: string; readonly image: tf.Tensor4D },
  by: string,
  { folder, matches, out }: Options,
): Promise<void> {
  // A picture of the folder would find itself first.
  const own = pictures.files.indexOf(relative(folder, query).split(sep).join('/'));
  const [all = []] = await index.search(image, { k: matches + 1 });
  const found = all.filter(({ position }) => position !== own).slice(0, matches);
  const fileOf = (position: number) => pictures.files[position] as string;
  for (const [place, { position, similarity }] of found.entries()) {
    console.log(`${String(place + 1).padStart(3)}  ${similarity.toFixed(3)}  ${fileOf(position)}`);
  }
  if (found.length === 0) console.log('The folder holds no other picture.');
  const images = pictures.images(found.map(({ position }) => position));
  const shown = tf.tidy(() => tf.concat([image, images]));
  await show(
    imageGrid(shown, {
      title: `Most similar by ${by}`,
      description: `The query, then ${count(found.length, 'picture')} of ${pictures.name}, the most similar first.`,
      columns: Math.min(ROW, found.length + 1),
      scale: 3,
      captions: ['query', ...found.map(({ similarity }) => similarity.toFixed(3))],
    }),
    { directory: out },
  );
  tf.dispose([images, shown]);
  const caption = ({ position, similarity }: (typeof found)[number]) =>
    `${similarity.toFixed(3)} ${fileOf(position)}`;
  const picturesOf = found.map((one) => ({
    file: join(folder, fileOf(one.position)),
    caption: caption(one),
  }));
  writePage(out, `Most similar in ${pictures.name}`, `Compared by ${by}.`, [
    { heading: 'Query', pictures: [{ file: query, caption: query }] },
    { heading: 'Found, the most similar first (cosine)', pictures: picturesOf },
  ]);
}

/** A file, and the position of the picture that is in it. */
interface PictureFile {
  readonly file: string;
  readonly position: number;
}

/** Groups of positions as files, with the copies that were left out when the folder was read. */
function withCopies(
  groups: readonly (readonly number[])[],
  files: readonly string[],
  duplicates: readonly DuplicateFile[],
): PictureFile[][] {
  const copiesOf = new Map<string, string[]>();
  for (const { file, of } of duplicates) copiesOf.set(of, [...(copiesOf.get(of) ?? []), file]);
  const grouped = new Set(groups.flat());
  const alone = [...files.keys()]
    .filter((position) => copiesOf.has(files[position] as string) && !grouped.has(position))
    .map((position) => [position]);
  return [...groups, ...alone]
    .sort(([a = 0], [b = 0]) => a - b)
    .map((group) =>
      group.flatMap((position) => {
        const file = files[position] as string;
        return [file, ...(copiesOf.get(file) ?? [])].map((one) => ({ file: one, position }));
      }),
    );
}

async function showDuplicates(
  index: ImageIndex,
  pictures: ImageFolderDataSet,
  duplicates: readonly DuplicateFile[],
  by: string,
  { folder, threshold, out }: Options,
): Promise<void> {
  const groups = withCopies(await index.nearDuplicates({ threshold }), pictures.files, duplicates);
  const all = groups.reduce((sum, group) => sum + group.length, 0);
  console.log(
    `${count(groups.length, 'group')} with ${count(all, 'picture')} that are nearly the same (cosine from ${threshold}, by ${by}).`,
  );
  for (const group of groups) console.log(`  ${group.map(({ file }) => file).join('  ')}`);
  const shown = groups
    .slice(0, GROUPS_SHOWN)
    .flatMap((group, number) =>
      group.slice(0, ROW).map(({ position }) => ({ position, caption: `group ${number + 1}` })),
    );
  if (shown.length > 0) {
    const images = pictures.images(shown.map(({ position }) => position));
    await show(
      imageGrid(images, {
        title: `Nearly the same by ${by}`,
        description: `${count(shown.length, 'picture')} of the first groups in ${pictures.name} that are nearly the same.`,
        columns: ROW,
        scale: 3,
        captions: shown.map(({ caption }) => caption),
      }),
      { directory: out },
    );
    images.dispose();
  }
  const sections = groups.map((group, number) => ({
    heading: `Group ${number + 1}`,
    pictures: group.map(({ file }) => ({ file: join(folder, file), caption: file })),
  }));
  const line = `${count(groups.length, 'group')}, cosine from ${threshold}, by ${by}. Look at them before you delete anything.`;
  writePage(out, `Nearly the same in ${pictures.name}`, line, sections);
}

function writePage(out: string, title: string, line: string, sections: PageSection[]): void {
  const page = join(out, 'results.html');
  writeResultPage(page, title, [line], sections);
  console.log(`As a page: ${page}`);
}

void runCommand(HELP, commandLine, main);
