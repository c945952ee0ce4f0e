import {
  InvalidArgumentError,
  type Progress,
  RandomStream,
  tf,
  trustworthiness,
  tsne,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const random = new RandomStream([2, 8]);
const cloud = random.normal([60, 5]) as tf.Tensor2D;

/** A noisy curve in eight dimensions, from arithmetic alone, so that Python can make it too. */
const curve = tf.tensor2d(
  Array.from({ length: 150 }, (_, i) =>
    Array.from(
      { length: 8 },
      (_, j) => Math.sin(i * (0.05 + 0.02 * j) + j * 2.3) + 0.15 * Math.sin(i * i * (j + 1) * 0.37),
    ),
  ),
);

describe('tsne', () => {
  it('keeps neighbours as well as scikit-learn', async () => {
    // sklearn.manifold.TSNE(perplexity=15, random_state=0).fit_transform(X) of the same points, 5 neighbours.
    const ofScikitLearn = 0.9983286384976526;
    for (const seed of [0, 1, 2]) {
      const positions = await tsne(curve, { perplexity: 15, seed });
      expect(positions.shape).toEqual([150, 2]);
      expect(await trustworthiness(curve, positions)).toBeGreaterThan(ofScikitLearn - 0.005);
      positions.dispose();
    }
  });

  it('pulls two clusters apart: every nearest neighbour is of the own one', async () => {
    const shift = tf.concat([tf.zeros([30, 5]), tf.fill([30, 5], 8)]);
    const positions = await tsne(cloud.add(shift) as tf.Tensor2D, { perplexity: 8 });
    const places = positions.arraySync() as [number, number][];
    for (const [i, [x, y]] of places.entries()) {
      const far = places.map(([a, b], j) => (i === j ? Infinity : Math.hypot(a - x, b - y)));
      expect(far.indexOf(Math.min(...far)) < 30).toBe(i < 30);
    }
  });

  it.each(['druid', 'tsne-js'] as const)(
    'gives equal maps for equal seeds only: %s',
    async (implementation) => {
      const map = async (seed: number, features = cloud) => {
        const options = { implementation, seed, perplexity: 10, iterations: 60 };
        const positions = await tsne(features, options);
        return Array.from(await positions.data());
      };
      const first = await map(1);
      expect(first.every(Number.isFinite)).toBe(true);
      expect(new Set(first).size).toBeGreaterThan(100);
      expect(await map(1)).toEqual(first);
      expect(await map(2)).not.toEqual(first);
    },
  );

  it('does not depend on the scale of the features', async () => {
    const options = { perplexity: 10, iterations: 60 };
    const [map, ofSmall] = [await tsne(cloud, options), await tsne(cloud.div(1024), options)];
    expect(ofSmall.arraySync()).toEqual(map.arraySync());
  });

  it('maps points that are all the same', async () => {
    const positions = await tsne(tf.ones([20, 3]), { perplexity: 5, iterations: 50 });
    expect(tf.isFinite(positions).all().dataSync()[0]).toBe(1);
  });

  // Enough steps for some turns on a fast machine, too: the event loop turns by the clock.
  it.each([
    ['druid', 5000],
    ['tsne-js', 200],
  ] as const)(
    'reports progress and lets the event loop turn: %s',
    async (implementation, iterations) => {
      const reports: Progress[] = [];
      let turns = 0;
      let next = setImmediate(function count() {
        turns++;
        next = setImmediate(count);
      });
      const options = { implementation, perplexity: 15, iterations };
      await tsne(curve, { ...options, onProgress: (report) => reports.push(report) });
      clearImmediate(next);
      expect(turns).toBeGreaterThan(1);
      expect(reports.at(-1)).toMatchObject({
        done: iterations,
        total: iterations,
        unit: 'steps',
      });
      expect(reports.length).toBeGreaterThan(1);
    },
  );

  it.each(['druid', 'tsne-js'] as const)(
    'passes on what a report of progress throws: %s',
    async (implementation) => {
      const onProgress = () => {
        throw new Error('no terminal');
      };
      const options = { implementation, perplexity: 15, iterations: 50, onProgress };
      await expect(tsne(curve, options)).rejects.toThrow('no terminal');
    },
  );

  it.each(['druid', 'tsne-js'] as const)(
    'ends at an interrupt with the positions reached: %s',
    async (implementation) => {
      let reached = 0;
      const positions = await tsne(curve, {
        implementation,
        perplexity: 15,
        iterations: 100_000,
        onProgress: ({ done }) => {
          reached = done;
          process.emit('SIGINT');
        },
      });
      expect(reached).toBeLessThan(100_000);
      expect(tf.isFinite(positions).all().dataSync()[0]).toBe(1);
    },
  );

  it('says what is wrong with its arguments', async () => {
    const refused = (features: tf.Tensor2D, options: object, message: RegExp) =>
      expect(tsne(features, options)).rejects.toThrow(message);
    await refused(cloud, { perplexity: 20 }, /perplexity is 20 for 60 points.*below 20\.0/);
    await refused(cloud, { perplexity: 0 }, /perplexity is 0/);
    await refused(cloud, { perplexity: 0.5 }, /perplexity is 0.5 for 60 points.*above 1/);
    await refused(cloud, { perplexity: 1 }, /perplexity is 1 for/);
    await refused(
      cloud,
      { learningRate: Number.POSITIVE_INFINITY, perplexity: 5 },
      /learning rate Infinity/,
    );
    await refused(cloud, { learningRate: 1e300, perplexity: 5 }, /left the range of numbers/);
    await refused(cloud.toInt(), { perplexity: 5 }, /features are int32/);
    await refused(cloud.slice([0], [3]), { perplexity: 0.5 }, /\[3, 5\].*from 4 to 5,000/);
    await refused(cloud.flatten() as unknown as tf.Tensor2D, {}, /\[300\]/);
    await refused(tf.fill([20, 2], Number.NaN), { perplexity: 3 }, /NaN or infinite/);
    await refused(cloud, { perplexity: 5, seed: -1 }, /seed is -1/);
    await refused(cloud, { perplexity: 5, iterations: 0 }, /iterations is 0/);
    await refused(cloud, { perplexity: 5, learningRate: 0 }, /learning rate 0/);
    await refused(cloud, { perplexity: 5, implementation: 'umap' }, /"umap".*"tsne-js"/);
    await expect(tsne(cloud, { perplexity: 99 })).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  it('leaves no tensor but its result', async () => {
    const before = tf.memory().numTensors;
    for (const implementation of ['druid', 'tsne-js'] as const) {
      (await tsne(cloud, { implementation, perplexity: 5, iterations: 5 })).dispose();
    }
    await expect(tsne(cloud, { perplexity: 99 })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('maps features of any scale', async () => {
    for (const scale of [1e20, 1e-25]) {
      const scaled = cloud.mul(scale) as tf.Tensor2D;
      const map = await tsne(scaled, { perplexity: 8 });
      expect(await trustworthiness(cloud, map)).toBeGreaterThan(0.8);
      tf.dispose([scaled, map]);
    }
  });
});
