import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, imageFolder } from 'selfsup';
import { ImageDataError, motifOf, samplePictures } from 'selfsup-course';
import { describe, expect, it } from 'vitest';
import { collectSampleArtwork } from '../../../lib/selfsup-course/src/data/sample-artwork';
import { temporaryFolder } from './temporary-folder';

describe('the artwork', () => {
  it('is every drawing of the package but five squares', async () => {
    const artwork = await collectSampleArtwork();
    const counts = new Map<string, number>();
    for (const { category } of artwork) counts.set(category, (counts.get(category) ?? 0) + 1);
    // Counts of the pinned package.
    expect(Object.fromEntries(counts)).toEqual({
      activities: 149,
      flags: 265,
      food: 86,
      nature: 153,
      objects: 181,
      people: 564,
      symbols: 311,
      travel: 120,
    });
    expect(artwork.every(({ svg }) => /viewBox="0 0 \d+ \d+"/.test(svg))).toBe(true);
    const few = await collectSampleArtwork(3);
    expect(few).toHaveLength(24);
    expect(new Set(few.map(({ icon }) => icon)).size).toBe(24);
  });
});

describe('motifOf', () => {
  it.each([
    ['people/waving-hand-dark-skin-tone.png', 'waving-hand'],
    ['people/waving-hand-medium-light-skin-tone.jpg', 'waving-hand'],
    ['people/saved-again-waving-hand.jpg', 'waving-hand'],
    ['people/copy-of-waving-hand-light-skin-tone.png', 'waving-hand'],
    ['symbols/dark-chart.png', 'dark-chart'],
  ])('of %s is %s', (file, motif) => {
    expect(motifOf(file)).toBe(motif);
  });
});

describe('samplePictures', () => {
  it('draws a folder once, with what is listed, and again when a file is missing', async () => {
    const dataDir = temporaryFolder();
    const labels = new Set<string>();
    const onProgress = ({ label }: { label: string }) => labels.add(label);
    const drawn = await samplePictures({ dataDir, perClass: 12, onProgress });
    expect([...labels]).toEqual(['Drawing the sample pictures']);
    expect(drawn.files).toHaveLength(96 + drawn.copies.length + drawn.savedAgain.length + 4);
    expect([drawn.copies.length, drawn.savedAgain.length, drawn.damaged.length]).toEqual([1, 3, 4]);
    const bytes = (file: string) => readFileSync(join(drawn.dir, file));
    for (const { file, of } of drawn.copies) expect(bytes(file).equals(bytes(of))).toBe(true);
    for (const { file, of } of drawn.savedAgain) expect(bytes(file).equals(bytes(of))).toBe(false);
    const times = () => drawn.files.map((file) => statSync(join(drawn.dir, file)).mtimeMs);
    const before = times();
    expect(await samplePictures({ dataDir, perClass: 12 })).toEqual(drawn);
    expect(times()).toEqual(before);
    rmSync(join(drawn.dir, drawn.files[5] as string));
    expect(await samplePictures({ dataDir, perClass: 12 })).toEqual(drawn);
    expect(times()).not.toEqual(before);
  });

  it('is a folder that imageFolder reads, naming what is damaged and what is repeated', async () => {
    const drawn = await samplePictures({ dataDir: temporaryFolder(), perClass: 12 });
    const data = await imageFolder({ dir: drawn.dir, size: 32, cacheDir: null, testFraction: 0 });
    expect(data.name).toBe('sample-pictures');
    expect(data.train.labelNames).toHaveLength(8);
    expect(data.skipped.map(({ file }) => file)).toEqual([...drawn.damaged].sort());
    const repeated = data.duplicates.map(({ file, of }) => [file, of].sort().join());
    for (const { file, of } of drawn.copies) expect(repeated).toContain([file, of].sort().join());
    // Saved again they are other pixels: it takes features to find them.
    for (const { file } of drawn.savedAgain) {
      expect([...data.train.files, ...data.validation.files]).toContain(file);
    }
  });

  it('says what is wrong: an option, a folder that cannot be written', async () => {
    for (const perClass of [1, 2.5]) {
      await expect(samplePictures({ perClass })).rejects.toThrow(InvalidArgumentError);
    }
    const inTheWay = join(temporaryFolder(), 'file');
    writeFileSync(inTheWay, '');
    const failing = samplePictures({ dataDir: inTheWay, perClass: 2 });
    await expect(failing).rejects.toThrow(ImageDataError);
    await expect(failing).rejects.toThrow(/could not be kept in .*file.*dataDir/);
  });
});
