import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdamW,
  type ImageFolder,
  imageBatches,
  imageFolder,
  JointEmbedding,
  MoCo,
  MomentumNetwork,
  ntXentLoss,
  projectionHead,
  RandomStream,
  SimClr,
  simClrAugmentation,
  type TrainingResult,
  type TwoViewModel,
  tf,
  train,
  tutorialEncoder,
  twoViewDiagnostics,
  twoViewStep,
  twoViews,
} from 'selfsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SIZE = 12;
const views = twoViews(simClrAugmentation({ size: SIZE }));
const encoder = () => tutorialEncoder({ inputShape: [SIZE, SIZE, 3], embeddingDim: 16, seed: 1 });
const head = () => projectionHead({ inputDim: 16, hiddenDim: 16, projectionDim: 8, seed: 2 });
const losses = ({ history }: TrainingResult): number[] => history.steps.map(({ loss }) => loss);

/** Barlow Twins (Zbontar et al. 2021, arXiv:2103.03230), all of it. */
function barlowTwins() {
  const standardised = (z: tf.Tensor2D) => {
    const { mean, variance } = tf.moments(z, 0);
    return z.sub(mean).div(variance.add(1e-5).sqrt()) as tf.Tensor2D;
  };
  const loss = (z1: tf.Tensor2D, z2: tf.Tensor2D) => {
    const correlation = tf.matMul(standardised(z1), standardised(z2), true).div(z1.shape[0]);
    const same = tf.eye(z1.shape[1]);
    return correlation.sub(same).square().mul(same.mul(0.995).add(0.005)).sum() as tf.Scalar;
  };
  const model = new JointEmbedding({ encoder: encoder(), projectionHead: head(), loss });
  const optimizer = new AdamW(model.trainableVariables);
  return { model, step: twoViewStep({ model, optimizer, views }) };
}

/** BYOL (Grill et al. 2020, arXiv:2006.07733): a predictor, and a target network that follows. */
class Byol extends JointEmbedding {
  readonly target = new MomentumNetwork([this.encoder, this.projectionHead as tf.LayersModel]);
  readonly predictor = projectionHead({ inputDim: 8, hiddenDim: 16, projectionDim: 8, seed: 3 });

  constructor() {
    super({ encoder: encoder(), projectionHead: head(), loss: () => tf.scalar(0) });
  }

  override loss(view1: tf.Tensor4D, view2: tf.Tensor4D, { training = true } = {}) {
    const both = tf.concat([view1, view2]);
    const targets = this.target.call(tf.concat([view2, view1]), { training });
    const { features, projections } = this.call(both, { training });
    const predictions = this.predictor.apply(projections) as tf.Tensor2D;
    const unit = (x: tf.Tensor) => x.div(tf.norm(x, 2, 1, true));
    const cosine = unit(predictions).mul(unit(targets)).sum(1);
    const [z1, z2] = tf.split(projections, 2) as [tf.Tensor2D, tf.Tensor2D];
    return { loss: tf.sub(2, cosine.mean().mul(2)) as tf.Scalar, z1, z2, features };
  }

  afterUpdate(): void {
    this.target.update(0.9);
  }

  override get trainableVariables(): tf.Variable[] {
    const own = this.predictor.trainableWeights.map((weight) => weight.read() as tf.Variable);
    return [...super.trainableVariables, ...own];
  }
}

let folder: string;
let photos: ImageFolder;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-composition-'));
  await mkdir(join(folder, 'pictures'));
  for (let index = 0; index < 40; index++) {
    const pixels = tf.tidy(() => {
      const coarse = new RandomStream([3, index]).uniform([1, 4, 4, 3]) as tf.Tensor4D;
      const smooth = tf.image.resizeBilinear(coarse, [16, 16]).mul(255);
      return smooth.reshape([16, 16, 3]).toInt() as tf.Tensor3D;
    });
    const png = await tf.node.encodePng(pixels);
    await writeFile(join(folder, 'pictures', `${index}.png`), png);
    pixels.dispose();
  }
  const dir = join(folder, 'pictures');
  photos = await imageFolder({ dir, size: 16, classes: 'none', cacheDir: join(folder, 'cache') });
});
afterAll(() => rm(folder, { recursive: true }));

const run = (step: ReturnType<typeof barlowTwins>['step'], more: object = {}) =>
  train({
    step,
    data: imageBatches(photos.train),
    batchSize: 16,
    steps: 8,
    learningRate: 2e-3,
    seed: 5,
    ...more,
  });

describe('Barlow Twins, written from the parts', () => {
  it('takes at most 15 lines', async () => {
    const [, body] = /^function barlowTwins\(\) \{$(.*?)^\}$/ms.exec(
      await readFile(__filename, 'utf8'),
    ) as unknown as [string, string];
    const lines = body.trim().split('\n').length + 2;
    expect(lines).toBeGreaterThan(5);
    expect(lines).toBeLessThanOrEqual(15);
  });

  it.each([true, false])(
    'learns from a folder of PNGs, and resumes to equal losses, compile: %s',
    async (compile) => {
      const straight = await run(barlowTwins().step, { compile });
      expect(straight.stopped).toBe('finished');
      const mean = (some: number[]) => some.reduce((sum, one) => sum + one, 0) / some.length;
      const found = losses(straight);
      expect(mean(found.slice(-2))).toBeLessThan(mean(found.slice(0, 2)));
      const checkpoint = { file: join(folder, `barlow-twins-${compile}`) };
      await run(barlowTwins().step, { compile, checkpoint, steps: 3 });
      const resumed = await run(barlowTwins().step, { compile, checkpoint, resume: true });
      expect(losses(resumed)).toEqual(found);
    },
  );

  it('is diagnosed like any other', () => {
    const { model } = barlowTwins();
    const images = photos.train.images([0, 1, 2, 3, 4, 5, 6, 7]);
    const models: Pick<TwoViewModel, 'call'>[] = [
      model,
      new MoCo({ encoder: encoder(), projectionHead: head(), queueSize: 16 }),
      new SimClr({ encoder: encoder(), projectionHead: head() }),
    ];
    // The three begin with equal weights, and diagnostics see nothing else.
    const [first, ...others] = models.map((one) =>
      twoViewDiagnostics({ model: one, images, views })(),
    );
    expect(first?.deviation).toBeGreaterThan(0);
    for (const other of others) expect(other).toEqual(first);
  });
});

describe('BYOL, written from the parts', () => {
  const make = () => {
    const model = new Byol();
    const optimizer = new AdamW(model.trainableVariables);
    return { model, step: twoViewStep({ model, optimizer, views }) };
  };

  it('is trained by the same step, and its target follows the update', async () => {
    const { model, step } = make();
    const before = model.target.variables.map((one) => [...one.dataSync()]);
    await run(step, { steps: 1, compile: false });
    const followed = model.trainableVariables.map((one) => [...one.dataSync()]);
    model.target.variables.forEach((variable, index) => {
      variable.dataSync().forEach((value, i) => {
        const own = 0.9 * (before[index]?.[i] as number);
        expect(value).toBeCloseTo(own + 0.1 * (followed[index]?.[i] as number), 5);
      });
    });
  });

  it('resumes to equal losses', async () => {
    const straight = await run(make().step, { steps: 4 });
    const checkpoint = { file: join(folder, 'byol') };
    await run(make().step, { steps: 2, checkpoint });
    const resumed = await run(make().step, { steps: 4, checkpoint, resume: true });
    expect(losses(resumed)).toEqual(losses(straight));
  });
});

describe('twoViewStep', () => {
  it('records the scalars that a loss returns, takes an optimizer of tfjs, and leaves nothing else', () => {
    const model = new SimClr({ encoder: encoder(), projectionHead: head(), temperature: 0.2 });
    const step = twoViewStep({
      model,
      optimizer: tf.train.adam(1e-3),
      views,
      loss: (view1, view2) => {
        const result = model.loss(view1, view2);
        const loss = ntXentLoss(result.z1, result.z2);
        return { ...result, loss, length: tf.norm(result.z1).asScalar() };
      },
    });
    const inputs = {
      images: photos.train.images([0, 1, 2, 3, 4, 5, 6, 7]),
      seed: tf.tensor1d([1, 2], 'int32'),
      learningRate: tf.scalar(1),
    };
    const first = step(inputs);
    expect(Object.keys(first).sort()).toEqual(['length', 'loss']);
    tf.dispose(first);
    const before = tf.memory().numTensors;
    for (let round = 0; round < 3; round++) tf.dispose(step(inputs));
    expect(tf.memory().numTensors).toBe(before);
  });
});
