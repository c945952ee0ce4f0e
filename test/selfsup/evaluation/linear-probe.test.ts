import { InvalidArgumentError, linearProbe, type Progress, RandomStream, tf } from 'selfsup';
import { describe, expect, it } from 'vitest';

/** Classes around random centres; features badly scaled and correlated, as a network's are. */
function split(n: number, seed: number, spread = 1.5) {
  const classes = 4;
  const width = 12;
  const labels = Uint8Array.from({ length: n }, (_, i) => i % classes);
  const centres = new RandomStream([77, 0]).normal([classes, width]);
  const mixing = new RandomStream([78, 0]).normal([width, width]);
  const features = tf.tidy(() =>
    tf
      .gather(centres, tf.tensor1d(labels, 'int32'))
      .add(new RandomStream([seed, 0]).normal([n, width], 0, spread))
      .matMul(mixing)
      .mul(tf.linspace(0.01, 100, width))
      .add(50),
  ) as tf.Tensor2D;
  return { features, labels };
}

const train = split(400, 1);
const validation = split(200, 2);
const test = split(200, 3);
const given = {
  trainFeatures: train.features,
  trainLabels: train.labels,
  validationFeatures: validation.features,
  validationLabels: validation.labels,
};

/** The same regression by plain gradient descent in double precision, run until nothing changes. */
function gradientDescent(strength: number, steps: number): { train: number; validation: number } {
  const rows = train.features.arraySync();
  const width = rows[0]?.length as number;
  const mean = Array.from(
    { length: width },
    (_, d) => rows.reduce((s, r) => s + (r[d] as number), 0) / rows.length,
  );
  const deviation = mean.map((m, d) =>
    Math.sqrt(rows.reduce((s, r) => s + ((r[d] as number) - m) ** 2, 0) / rows.length),
  );
  const standardise = (r: number[]) => [
    ...r.map((v, d) => (v - (mean[d] as number)) / (deviation[d] as number)),
    1,
  ];
  const weights = Array.from({ length: 4 }, () => new Float64Array(width + 1));
  const logits = (x: number[]) =>
    weights.map((w) => w.reduce((s, v, d) => s + v * (x[d] as number), 0));
  const inputs = rows.map(standardise);
  for (let step = 0; step < steps; step++) {
    const gradient = weights.map((w) => w.map((v, d) => (d < width ? strength * v : 0)));
    for (const [i, x] of inputs.entries()) {
      const exps = logits(x).map(Math.exp);
      const total = exps.reduce((a, b) => a + b);
      for (const [c, e] of exps.entries()) {
        const error = (e / total - Number(train.labels[i] === c)) / inputs.length;
        const g = gradient[c] as Float64Array;
        for (let d = 0; d <= width; d++) g[d] = (g[d] as number) + error * (x[d] as number);
      }
    }
    for (const [c, w] of weights.entries()) {
      for (let d = 0; d <= width; d++)
        w[d] = (w[d] as number) - 0.5 * ((gradient[c] as Float64Array)[d] as number);
    }
  }
  const accuracy = (features: tf.Tensor2D, labels: Uint8Array) => {
    const right = features.arraySync().filter((r, i) => {
      const found = logits(standardise(r));
      return found.indexOf(Math.max(...found)) === labels[i];
    });
    return right.length / labels.length;
  };
  return {
    train: accuracy(train.features, train.labels),
    validation: accuracy(validation.features, validation.labels),
  };
}

describe('linearProbe', () => {
  it('finds the minimum that gradient descent finds', async () => {
    const expected = gradientDescent(0.01, 800);
    const found = await linearProbe({ ...given, strengths: [0.01] });
    expect(Math.abs(found.train.accuracy - expected.train)).toBeLessThanOrEqual(1 / 400 + 1e-9);
    expect(Math.abs(found.validation.accuracy - expected.validation)).toBeLessThanOrEqual(
      1 / 200 + 1e-9,
    );
    expect(found.converged).toBe(true);
    expect(found.validation.accuracy).toBeGreaterThan(0.6);
  });

  it('chooses on the validation split and reads the test split apart', async () => {
    const without = await linearProbe(given);
    const found = await linearProbe({
      ...given,
      testFeatures: test.features,
      testLabels: test.labels,
    });
    expect(without.test).toBeNull();
    expect({ ...found, test: null }).toEqual(without);
    expect(found.candidates.map((c) => c.strength)).toEqual([0.1, 0.01, 0.001, 1e-4, 1e-5]);
    const best = Math.max(...found.candidates.map((c) => c.validation));
    expect(found.validation.accuracy).toBe(best);
    expect(found.strength).toBe(found.candidates.find((c) => c.validation === best)?.strength);
    expect([found.train.n, found.validation.n, found.test?.n]).toEqual([400, 200, 200]);
    expect(found.test?.accuracy).toBeGreaterThan(0.6);
  });

  it('reports each strength that it has fitted', async () => {
    const seen: Progress[] = [];
    const strengths = [0.1, 0.01, 0.001];
    await linearProbe({ ...given, strengths, onProgress: (progress) => void seen.push(progress) });
    expect(seen.map(({ done, total, unit }) => `${done} of ${total} ${unit}`)).toEqual(
      strengths.map((_, at) => `${at + 1} of 3 strengths`),
    );
  });

  it('is at chance when the labels are noise', async () => {
    const noise = new RandomStream([5, 0]).normal([800, 3]);
    const labels = Uint8Array.from({ length: 400 }, (_, i) => i % 4);
    const found = await linearProbe({
      trainFeatures: noise.slice([0], [400]) as tf.Tensor2D,
      trainLabels: labels,
      validationFeatures: noise.slice([400]) as tf.Tensor2D,
      validationLabels: labels,
    });
    expect(Math.abs(found.validation.accuracy - 0.25)).toBeLessThan(0.08);
  });

  it('ignores constant features and does not depend on the features’ scale', async () => {
    const scaled = async (change: (x: tf.Tensor2D) => tf.Tensor) =>
      linearProbe({
        ...given,
        trainFeatures: change(train.features) as tf.Tensor2D,
        validationFeatures: change(validation.features) as tf.Tensor2D,
        strengths: [0.01],
      });
    const plain = await scaled((x) => x);
    const changed = await scaled((x) => tf.concat([x.mul(1000), tf.ones([x.shape[0], 2])], 1));
    expect(Math.abs(changed.validation.accuracy - plain.validation.accuracy)).toBeLessThan(0.011);
  });

  it('fits features too wide to decompose', async () => {
    const wide = ({ features }: { features: tf.Tensor2D }) =>
      tf.concat(
        [features, new RandomStream([1, 1]).normal([features.shape[0], 520])],
        1,
      ) as tf.Tensor2D;
    const found = await linearProbe({
      ...given,
      trainFeatures: wide(train),
      validationFeatures: wide(validation),
      strengths: [0.3],
    });
    expect(found.converged).toBe(true);
    expect(found.validation.accuracy).toBeGreaterThan(0.4);
  });

  it('gives the same numbers twice', async () => {
    expect(await linearProbe(given)).toEqual(await linearProbe(given));
  });

  it('says what is wrong with its input', async () => {
    const call = (other: object) => linearProbe({ ...given, ...other });
    await expect(call({ trainLabels: [1] })).rejects.toThrow(
      /400 train features but 1 train labels/,
    );
    await expect(call({ testFeatures: test.features })).rejects.toThrow(/both or neither/);
    await expect(call({ strengths: [] })).rejects.toThrow(InvalidArgumentError);
    await expect(call({ strengths: [0] })).rejects.toThrow(/all above 0/);
    await expect(call({ validationFeatures: tf.zeros([200, 3]) })).rejects.toThrow(
      /equally long rows/,
    );
  });

  it('leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    await linearProbe({ ...given, testFeatures: test.features, testLabels: test.labels });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the minimum of linearProbe', () => {
  it('tells separable classes apart at any scale', async () => {
    const labels = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
    const noise = new RandomStream([4, 4]).uniform([40, 3]);
    const plain = tf.tidy(() => noise.add(tf.tensor2d([...labels], [40, 1]).mul(2))) as tf.Tensor2D;
    for (const factor of [1, 1e-6, 1e-30, 1e15]) {
      const features = plain.mul(factor) as tf.Tensor2D;
      const { train, validation, strength, converged } = await linearProbe({
        trainFeatures: features,
        trainLabels: labels,
        validationFeatures: features,
        validationLabels: labels,
      });
      expect([train.accuracy, validation.accuracy, strength, converged]).toEqual([1, 1, 0.1, true]);
      features.dispose();
    }
    tf.dispose([noise, plain]);
  });

  /** Where a function that falls crosses 0. */
  function rootOf(f: (x: number) => number): number {
    let [low, high] = [0, 100];
    for (let i = 0; i < 200; i++) {
      const middle = (low + high) / 2;
      if (f(middle) > 0) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The regression of one strength on features as they are. */
  const unscaledFit = (features: tf.Tensor2D, labels: number[], strength: number) =>
    linearProbe({
      trainFeatures: features,
      trainLabels: labels,
      validationFeatures: features,
      validationLabels: labels,
      strengths: [strength],
      standardise: false,
    });

  it.each([0.1, 0.01])(
    'of two classes is that of scikit-learn with C = 2 / (n λ), λ = %d',
    async (strength) => {
      // ±1, of which a quarter is of the other class. scikit-learn has one weight v, P(1 | x) = σ(v x), and minimises
      // C Σ log loss + v²/2: C n (¾ − σ(v)) = v.
      const features = tf.tensor2d([1, 1, 1, 1, -1, -1, -1, -1], [8, 1]);
      const labels = [1, 1, 1, 0, 0, 0, 0, 1];
      const { classifier } = await unscaledFit(features, labels, strength);
      const c = 2 / (8 * strength);
      const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
      const expected = sigmoid(rootOf((v) => c * 8 * (0.75 - sigmoid(v)) - v));
      const { probabilities } = await classifier.predict(features);
      for (const found of probabilities) expect(found).toBeCloseTo(expected, 3);
      features.dispose();
    },
  );

  it('of three classes is that of scikit-learn with C = 1 / (n λ)', async () => {
    // Three directions of ten each, of which seven, two and one are of a class, in turn. With a vector for each class and by
    // symmetry three weights that add up to 0, C Σ log loss + ‖W‖²/2 is least where C · 10 (share − P) = weight.
    const strength = 0.02;
    const given = Array.from({ length: 30 }, (_, i) => {
      const [k, rest] = [i % 3, Math.floor(i / 3)];
      const shift = rest < 7 ? 0 : rest < 9 ? 1 : 2;
      return { row: [0, 1, 2].map((d) => Number(d === k)), label: (k + shift) % 3 };
    });
    const features = tf.tensor2d(given.map(({ row }) => row));
    const labels = given.map(({ label }) => label);
    const { classifier } = await unscaledFit(features, labels, strength);
    const c = 1 / (30 * strength);
    const shares = [0.7, 0.2, 0.1];
    let weights = [0, 0, 0];
    let p = [1 / 3, 1 / 3, 1 / 3];
    for (let i = 0; i < 20_000; i++) {
      weights = weights.map(
        (w, k) => w + 0.01 * (c * 10 * ((shares[k] as number) - (p[k] as number)) - w),
      );
      const total = weights.reduce((sum, w) => sum + Math.exp(w), 0);
      p = weights.map((w) => Math.exp(w) / total);
    }
    const { probabilities } = await classifier.predict(features);
    for (const found of probabilities) expect(found).toBeCloseTo(p[0] as number, 3);
    features.dispose();
  });
});

describe('linearProbe without standardising', () => {
  it('fits the features as they are: scaled by 10, at a hundredth of the strength is the same problem', async () => {
    const scaled = (factor: number) => ({
      ...given,
      trainFeatures: tf.tidy(() => train.features.sub(50).div(100).mul(factor)) as tf.Tensor2D,
      validationFeatures: tf.tidy(() =>
        validation.features.sub(50).div(100).mul(factor),
      ) as tf.Tensor2D,
      standardise: false,
    });
    const [plain, larger] = [scaled(1), scaled(10)];
    const one = await linearProbe({ ...plain, strengths: [0.1] });
    const other = await linearProbe({ ...larger, strengths: [10] });
    const same = await linearProbe({ ...larger, strengths: [0.1] });
    expect(one.converged && other.converged).toBe(true);
    expect(other.train.accuracy).toBeCloseTo(one.train.accuracy, 2);
    expect(other.validation.accuracy).toBeCloseTo(one.validation.accuracy, 2);
    expect(same.train.accuracy).not.toBe(one.train.accuracy);
    for (const { trainFeatures, validationFeatures } of [plain, larger]) {
      tf.dispose([trainFeatures, validationFeatures]);
    }
  });

  it('does not depend on the scale of standardised features', async () => {
    const probeAt = async (factor: number) => {
      const trainFeatures = train.features.mul(factor) as tf.Tensor2D;
      const validationFeatures = validation.features.mul(factor) as tf.Tensor2D;
      const probe = await linearProbe({ ...given, trainFeatures, validationFeatures });
      tf.dispose([trainFeatures, validationFeatures]);
      return probe;
    };
    const plain = await probeAt(1);
    for (const factor of [2 ** -20, 2 ** -90, 2 ** 60]) {
      const scaled = await probeAt(factor);
      expect(scaled.converged).toBe(true);
      expect(scaled.strength).toBe(plain.strength);
      expect(scaled.validation.accuracy).toBeCloseTo(plain.validation.accuracy, 2);
    }
  });

  it('leaves a feature out that is constant up to float32, and keeps one that hardly varies', async () => {
    const labels = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
    const of = (value: (i: number) => number) =>
      tf.tensor2d(Array.from({ length: 40 }, (_, i) => [value(i), 12345.678]));
    const telling = of((i) => 5000 + (i % 2) * 0.01);
    const probe = await linearProbe({
      trainFeatures: telling,
      trainLabels: labels,
      validationFeatures: telling,
      validationLabels: labels,
    });
    expect(probe.train.accuracy).toBe(1);
    telling.dispose();
  });

  it('finds the middle between two classes, however small the features', async () => {
    const labels = Uint8Array.from({ length: 200 }, (_, i) => Number(i >= 100));
    const plain = tf.tidy(() =>
      tf.concat([
        new RandomStream([5, 1]).normal([100, 8]),
        new RandomStream([6, 1]).normal([100, 8]).add(0.5),
      ]),
    ) as tf.Tensor2D;
    const rows = plain.arraySync();
    const meanOf = (some: number[][]) =>
      Array.from(
        { length: 8 },
        (_, d) => some.reduce((sum, row) => sum + (row[d] as number), 0) / some.length,
      );
    const [one, other, all] = [rows.slice(0, 100), rows.slice(100), rows].map(meanOf) as [
      number[],
      number[],
      number[],
    ];
    // So strong a penalty leaves the difference of the class means, (m₁ − m₀)·(x − m) > 0: the minimum's limit for small features.
    const right = rows.filter((row, i) => {
      const score = row.reduce(
        (sum, x, d) => sum + ((other[d] as number) - (one[d] as number)) * (x - (all[d] as number)),
        0,
      );
      return score > 0 === (labels[i] === 1);
    });
    for (const scale of [1e-6, 1e-8]) {
      const features = plain.mul(scale) as tf.Tensor2D;
      const probe = await linearProbe({
        trainFeatures: features,
        trainLabels: labels,
        validationFeatures: features,
        validationLabels: labels,
        standardise: false,
      });
      expect(probe.converged).toBe(true);
      expect(probe.train.accuracy).toBe(right.length / 200);
      features.dispose();
    }
    plain.dispose();
  });

  it('does not depend on an offset of the features', async () => {
    const labels = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
    const features = tf.tidy(() =>
      new RandomStream([4, 5]).normal([40, 3]).add(tf.tensor2d([...labels], [40, 1])),
    ) as tf.Tensor2D;
    const probabilitiesAt = async (offset: number) => {
      const moved = features.add(offset) as tf.Tensor2D;
      const { classifier, converged } = await linearProbe({
        trainFeatures: moved,
        trainLabels: labels,
        validationFeatures: moved,
        validationLabels: labels,
        strengths: [0.1],
        standardise: false,
      });
      expect(converged).toBe(true);
      const { probabilities } = await classifier.predict(moved);
      moved.dispose();
      return probabilities;
    };
    const [plain, far] = [await probabilitiesAt(0), await probabilitiesAt(1024)];
    // At 1,024 float32 has four digits left of features near 1.
    for (const [i, found] of far.entries()) expect(found).toBeCloseTo(plain[i] as number, 3);
    features.dispose();
  });

  it('refuses what would ruin the result', async () => {
    await expect(linearProbe({ ...given, maxIterations: 0 })).rejects.toThrow(/maxIterations is 0/);
    await expect(linearProbe({ ...given, strengths: [Number.POSITIVE_INFINITY] })).rejects.toThrow(
      /strengths are \[Infinity\].*finite/,
    );
    const trainFeatures = train.features.toInt();
    await expect(linearProbe({ ...given, trainFeatures })).rejects.toThrow(
      /train features are int32.*toFloat/,
    );
    trainFeatures.dispose();
  });
});
