import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inParts } from '../../../studies/training/in-parts';
import { newClone } from './clone';

let root: string;
let git: (...args: string[]) => void;

beforeEach(async () => {
  ({ root, git } = await newClone());
});
afterEach(() => rm(root, { recursive: true }));

const parts = ['few', 'some', 'all'];
const partsFolder = () => join(root, 'study-output', 'parts');

/** Measures the three parts, and stops at one; each part's number is what `value` gives. */
async function run(seed: number, value: number, stopAt?: string) {
  const measuredHere: string[] = [];
  const measured = await inParts(
    { seed },
    parts,
    async (part) => {
      if (part === stopAt) throw new Error('killed');
      measuredHere.push(part);
      return { [`test ${part}`]: value };
    },
    root,
  ).catch((error: Error) => error.message);
  return { measured, measuredHere };
}

it('goes on after the last part that was measured, with its numbers as they were', async () => {
  expect(await run(1, Number.POSITIVE_INFINITY, 'some')).toEqual({
    measured: 'killed',
    measuredHere: ['few'],
  });
  expect(await run(1, 2)).toEqual({
    measured: { 'test few': Number.POSITIVE_INFINITY, 'test some': 2, 'test all': 2 },
    measuredHere: ['some', 'all'],
  });
});

it('keeps nothing once all parts are there, so that a configuration can be measured again', async () => {
  await run(1, 1);
  expect(await readdir(partsFolder())).toEqual([]);
  expect((await run(1, 2)).measuredHere).toEqual(parts);
});

it('takes no part of another seed, and none of other code', async () => {
  await run(1, 1, 'all');
  expect((await run(2, 2)).measuredHere).toEqual(parts);
  await writeFile(join(root, 'code.ts'), '2');
  expect((await run(1, 3)).measuredHere).toEqual(parts);
  git('commit', '-am', 'second');
  expect((await run(1, 4)).measuredHere).toEqual(parts);
});

it('names a file that holds something else', async () => {
  await run(1, 1, 'some');
  const [name = ''] = await readdir(partsFolder());
  await writeFile(join(partsFolder(), name), 'no JSON');
  const { measured } = await run(1, 2);
  expect(measured).toContain(`${name} is not what a study kept of its parts. Delete the file`);
});
