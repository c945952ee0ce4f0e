// What the examples of the READMEs find around them on a reader's machine: a file to download, a CIFAR-10, a folder of pictures.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';

const IMAGES_PER_FILE = 10_000;
const BYTES_PER_IMAGE = 3073;

/** CIFAR-10's binary files, of the published sizes, each image of one colour. */
function writeCifar10(folder) {
  mkdirSync(folder, { recursive: true });
  const names = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
  for (const name of [...names, 'test_batch.bin']) {
    const bytes = Buffer.alloc(IMAGES_PER_FILE * BYTES_PER_IMAGE);
    for (let image = 0; image < IMAGES_PER_FILE; image++) {
      bytes[image * BYTES_PER_IMAGE] = image % 10;
      bytes.fill(image % 251, image * BYTES_PER_IMAGE + 1, (image + 1) * BYTES_PER_IMAGE);
    }
    writeFileSync(join(folder, name), bytes);
  }
  const classes = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
  writeFileSync(join(folder, 'batches.meta.txt'), `${classes.join('\n')}\n`);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A square PNG whose pixels `colour` gives. */
function png(size, colour) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(size * (3 * size + 1));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) rows.set(colour(x, y), y * (3 * size + 1) + 1 + 3 * x);
  }
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Two classes of pictures, stripes and spots, no two alike. */
function writePictures(folder) {
  for (const kind of ['stripes', 'spots']) {
    mkdirSync(join(folder, kind), { recursive: true });
    for (let i = 0; i < 48; i++) {
      const shade = (x, y) =>
        kind === 'stripes' ? ((x + i) % 8 < 4 ? 220 : 30 + i) : (x * y + i) % 7 < 2 ? 220 : 30 + i;
      const picture = png(32, (x, y) => [shade(x, y), (shade(x, y) + 5 * i) % 256, 90]);
      writeFileSync(join(folder, kind, `${i}.png`), picture);
    }
  }
}

/** One file in a tar archive. */
function tar(name, text) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  body.write(text);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}

/**
 * @param {string} folder where to put it
 * @returns variables for the examples; what some need after their own code; and what ends the server
 */
export async function surroundings(folder) {
  writeCifar10(join(folder, 'cifar10'));
  writePictures(join(folder, 'pictures'));
  const archive = gzipSync(tar('words.txt', 'one two three\n'));
  const server = createServer((_request, response) => response.end(archive));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const sha256 = createHash('sha256').update(archive).digest('hex');
  return {
    env: {
      CIFAR10_DIR: join(folder, 'cifar10'),
      PICTURES_DIR: join(folder, 'pictures'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      SELFSUP_DATA: 'emoji',
    },
    /** @type {Record<string, string>} */
    after: {
      'verified-download': `fetchWords('http://127.0.0.1:${port}/words.tar.gz', '${sha256}').then((words) => console.log(words));`,
    },
    close: () => new Promise((resolve) => server.close(() => resolve(undefined))),
  };
}
