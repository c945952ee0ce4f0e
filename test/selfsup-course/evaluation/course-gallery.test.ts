import { courseGallery } from 'selfsup-course';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { syntheticImages } from '../../selfsup/evaluation/synthetic-images';

describe('courseGallery', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const train = syntheticImages(25_000);

  it('is 10,000 training images, evenly spread, 2,000 in quick and all in full', () => {
    for (const [profile, size] of [
      ['standard', 10_000],
      ['quick', 2000],
      ['full', 25_000],
    ] as const) {
      vi.stubEnv('SELFSUP_PROFILE', profile);
      const gallery = courseGallery(train);
      expect(gallery.size).toBe(size);
      // The i-th of n among N is at ⌊i N / n⌋.
      for (const i of [0, 1, 7, size - 1]) {
        const at = Math.floor((i * 25_000) / size);
        expect(gallery.labels[i]).toBe(train.labels[at]);
        const length = gallery.pixels.length / size;
        expect(gallery.pixels.slice(i * length, (i + 1) * length)).toEqual(
          train.pixels.slice(at * length, (at + 1) * length),
        );
      }
    }
  });

  it('is all of a small data set', () => {
    vi.stubEnv('SELFSUP_PROFILE', 'standard');
    expect(courseGallery(syntheticImages(30)).size).toBe(30);
  });
});
