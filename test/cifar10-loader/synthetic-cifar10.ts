import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import type { EntryTypeName } from 'tar/types';

/** A CIFAR-10 of 6 × 20 images, small enough to make for each test. */
export const IMAGES_PER_BATCH = 20;
export const BATCH_NAMES = [
  'data_batch_1',
  'data_batch_2',
  'data_batch_3',
  'data_batch_4',
  'data_batch_5',
  'test_batch',
];
const NOUNS = [
  'airbus',
  'jeep',
  'wren',
  'tabby',
  'elk',
  'beagle',
  'toad',
  'arab',
  'tanker',
  'tipper_truck',
];

/** Channel `c` of pixel (`row`, `column`) of image `index`, counted through all six batches. */
export function pixelValue(index: number, row: number, column: number, c: number): number {
  return (index * 7 + row * 31 + column * 13 + c * 101 + row * column * (index % 5)) % 256;
}

export function labelOf(index: number): number {
  return (index * 3) % 10;
}

export function fileNameOf(index: number): string {
  return `${NOUNS[labelOf(index)]}_s_${String(index).padStart(6, '0')}.png`;
}

function planarImage(index: number): Buffer {
  const image = Buffer.alloc(3072);
  for (let c = 0; c < 3; c++) {
    for (let row = 0; row < 32; row++) {
      for (let column = 0; column < 32; column++) {
        image[c * 1024 + row * 32 + column] = pixelValue(index, row, column, c);
      }
    }
  }
  return image;
}

function indicesOfBatch(batch: number): number[] {
  return Array.from({ length: IMAGES_PER_BATCH }, (_, i) => batch * IMAGES_PER_BATCH + i);
}

export function binaryBatch(batch: number): Buffer {
  return Buffer.concat(
    indicesOfBatch(batch).flatMap((i) => [Buffer.from([labelOf(i)]), planarImage(i)]),
  );
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from('U'), Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
const integer = (value: number): Buffer => Buffer.concat([Buffer.from('J'), uint32(value)]);
const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`);
const list = (items: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from(']('), ...items, Buffer.from('e')]);

/** A batch as Python 2 pickled it (protocol 2): a dictionary with a NumPy array of `type`, labels, file names. */
export function pythonBatch(
  batch: number,
  {
    reconstruct = global('numpy.core.multiarray', '_reconstruct'),
    type = 'u1',
    drop,
  }: { reconstruct?: Buffer; type?: string; drop?: string } = {},
): Buffer {
  const indices = indicesOfBatch(batch);
  const pixels = Buffer.concat(indices.map(planarImage));
  const dtype = Buffer.concat([
    global('numpy', 'dtype'),
    text(type),
    integer(0),
    integer(1),
    Buffer.from('\x87R(', 'latin1'),
    integer(3),
    text('|'),
    Buffer.from('NNN'),
    integer(-1),
    integer(-1),
    integer(0),
    Buffer.from('tb'),
  ]);
  const array = Buffer.concat([
    reconstruct,
    global('numpy', 'ndarray'),
    integer(0),
    Buffer.from([0x85]),
    text('b'),
    Buffer.from([0x87]),
    Buffer.from('R('),
    integer(1),
    integer(IMAGES_PER_BATCH),
    integer(3072),
    Buffer.from([0x86]),
    dtype,
    Buffer.from([0x89]),
    Buffer.concat([Buffer.from('T'), uint32(pixels.length), pixels]),
    Buffer.from('tb'),
  ]);
  const entries: Record<string, Buffer> = {
    batch_label: text('a batch'),
    labels: list(indices.map((i) => integer(labelOf(i)))),
    data: array,
    filenames: list(indices.map((i) => text(fileNameOf(i)))),
  };
  return Buffer.concat([
    Buffer.from([0x80, 2]),
    Buffer.from('}('),
    ...Object.entries(entries)
      .filter(([name]) => name !== drop)
      .flatMap(([name, value]) => [text(name), value]),
    Buffer.from('u.'),
  ]);
}

export type Format = 'binary' | 'python';

export function batchFolderName(format: Format): string {
  return format === 'binary' ? 'cifar-10-batches-bin' : 'cifar-10-batches-py';
}

/** File name → content of the six batches. */
export function batchFiles(format: Format): Map<string, Buffer> {
  return new Map(
    BATCH_NAMES.map((name, i) =>
      format === 'binary' ? [`${name}.bin`, binaryBatch(i)] : [name, pythonBatch(i)],
    ),
  );
}

/** Writes `cifar-10-batches-…` into `parent` and returns its path. */
export function writeBatchFolder(parent: string, format: Format): string {
  const folder = join(parent, batchFolderName(format));
  mkdirSync(folder);
  for (const [name, content] of batchFiles(format)) writeFileSync(join(folder, name), content);
  return folder;
}

export interface TarEntry {
  readonly path: string;
  readonly content?: Buffer;
  readonly type?: EntryTypeName;
  readonly linkpath?: string;
}

/** A tar archive of exactly these entries, also of ones that a well-behaved tool would refuse to write. */
export function makeTar(entries: readonly TarEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { path, content = Buffer.alloc(0), type = 'File', linkpath } of entries) {
    const header = new Header({
      path,
      type,
      size: content.length,
      mode: 0o644,
      ...(linkpath === undefined ? {} : { linkpath }),
    });
    const block = Buffer.alloc(512);
    header.encode(block);
    blocks.push(block, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** As the first tars were: without the magic word. */
export function asV7(tar: Buffer): Buffer {
  for (let at = 0; at < tar.length; at += 512) {
    const block = tar.subarray(at, at + 512);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.fill(0, 257, 512);
    block.write('        ', 148, 'latin1');
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
  return tar;
}

export function tarEntries(format: Format): TarEntry[] {
  const folder = batchFolderName(format);
  return [
    { path: `${folder}/`, type: 'Directory' },
    { path: `${folder}/readme.html`, content: Buffer.from('about the data') },
    ...[...batchFiles(format)].map(([name, content]) => ({ path: `${folder}/${name}`, content })),
  ];
}

export function makeArchive(format: Format): Buffer {
  return gzipSync(makeTar(tarEntries(format)));
}

export function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex');
}

/** What `loadCifar10` must be told about data of this size; the address is one nothing listens on. */
export const SMALL_ARCHIVE = {
  url: 'http://127.0.0.1:9/cifar-10-binary.tar.gz',
  md5: '0'.repeat(32),
  imagesPerBatch: IMAGES_PER_BATCH,
} as const;
