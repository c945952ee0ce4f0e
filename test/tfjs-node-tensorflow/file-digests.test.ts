import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  computeDigests,
  fileSha256,
  findDamage,
  writeDigests,
} from '../../lib/tfjs-node-tensorflow/src/file-digests';

let folder: string;
let library: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-digests-'));
  mkdirSync(join(folder, 'tensorflow'));
  library = join(folder, 'tensorflow', 'library.so');
  writeFileSync(library, 'abc');
  writeFileSync(join(folder, 'header.h'), Buffer.alloc(5_000_000, 7));
  writeDigests(folder, computeDigests(folder));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('computes the SHA-256 of FIPS 180-2, also over several blocks', () => {
  expect(fileSha256(library)).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  writeFileSync(library, 'a'.repeat(1_000_000).repeat(9));
  const long = fileSha256(library);
  writeFileSync(library, 'a'.repeat(1_000_000));
  expect(fileSha256(library)).toBe(
    'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  );
  expect(long).not.toBe(fileSha256(library));
});

it('finds whole files whole, and reads them once', () => {
  expect(findDamage(folder)).toBeUndefined();
  const checked = readFileSync(join(folder, 'checked.json'), 'utf8');
  expect(findDamage(folder)).toBeUndefined();
  expect(readFileSync(join(folder, 'checked.json'), 'utf8')).toBe(checked);
  expect(readdirSync(folder).filter((name) => name.includes('half'))).toEqual([]);
});

it('names what is missing, cut short, or altered', () => {
  expect(findDamage(folder)).toBeUndefined();
  const text = readFileSync(library);
  writeFileSync(library, 'abd');
  expect(findDamage(folder)).toBe(`${library} is not what was downloaded`);
  truncateSync(library, 2);
  expect(findDamage(folder)).toBe(`${library} has 2 bytes in place of 3`);
  rmSync(library);
  expect(findDamage(folder)).toBe(`${library} is missing`);
  writeFileSync(library, text);
  expect(findDamage(folder)).toBeUndefined();
});

it('reads everything again when asked to, whatever was noted', () => {
  expect(findDamage(folder)).toBeUndefined();
  // A note that vouches for damaged content: the disk lost it without a write.
  writeFileSync(library, 'abd');
  const { ctimeMs } = statSync(library);
  const file = join(folder, 'checked.json');
  const checked = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...checked, 'tensorflow/library.so': ctimeMs }));
  expect(findDamage(folder)).toBeUndefined();
  expect(findDamage(folder, { readAll: true })).toBe(`${library} is not what was downloaded`);
});

it('vouches for nothing without digests, or with damaged ones', () => {
  for (const text of ['', '{', '{}', '[]', 'null', '"text"']) {
    writeFileSync(join(folder, 'files.json'), text);
    expect(findDamage(folder), text).toBe(`${folder} does not say what its files must be`);
  }
  writeFileSync(join(folder, 'files.json'), '{"header.h":null}');
  expect(findDamage(folder)).toBe(`${folder} does not say what its files must be`);
});

it('survives a damaged note of what was checked', () => {
  for (const text of ['{', 'null', '7', '[1]']) {
    writeFileSync(join(folder, 'checked.json'), text);
    expect(findDamage(folder), text).toBeUndefined();
  }
});

it('is not fooled by a folder that was moved', () => {
  expect(findDamage(folder)).toBeUndefined();
  const moved = `${folder}-moved`;
  renameSync(folder, moved);
  expect(findDamage(moved)).toBeUndefined();
  renameSync(moved, folder);
});
