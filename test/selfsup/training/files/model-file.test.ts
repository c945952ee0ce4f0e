import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CheckpointError,
  InvalidArgumentError,
  loadModel,
  loadWeights,
  residualEncoder,
  saveModel,
  saveWeights,
  tf,
  tutorialEncoder,
  visionTransformer,
} from 'selfsup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-model-'));
  file = join(folder, 'encoder.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

/** What a model makes of the same four images. */
function features(model: tf.LayersModel, size = 8): number[][] {
  return tf.tidy(() => {
    const images = tf.randomUniform([4, size, size, 3], 0, 1, 'float32', 3);
    return (model.predict(images) as tf.Tensor2D).arraySync();
  });
}

/** Weights that no initializer would give, moving averages included. */
function disturb(model: tf.LayersModel): void {
  tf.tidy(() =>
    model.setWeights(
      model.getWeights().map((weight) => weight.add(tf.randomUniform(weight.shape, 0.1, 0.2))),
    ),
  );
}

const nested = () =>
  tf.sequential({
    layers: [
      residualEncoder({ inputShape: [8, 8, 3], embeddingDim: 8 }),
      tf.layers.dense({ units: 3 }),
    ],
  });

describe('saveModel and loadModel', () => {
  it.each([
    ['residualEncoder of any size', () => residualEncoder({ inputShape: [null, null, 3] })],
    ['tutorialEncoder', () => tutorialEncoder({ inputShape: [8, 8, 3] })],
    ['visionTransformer', () => visionTransformer({ inputShape: [8, 8, 3], blocks: 2 })],
    ['a model within a model', nested],
  ])('make %s again, with its weights', async (_, make) => {
    const model = make();
    disturb(model);
    await saveModel(file, model);
    const tensors = tf.memory().numTensors;
    const same = await loadModel(file);
    expect(features(same)).toEqual(features(model));
    same.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
  });

  it('keep frozen what is frozen, whatever the order of the weights', async () => {
    const model = visionTransformer({ inputShape: [8, 8, 3], blocks: 1 });
    const other = residualEncoder({ inputShape: [8, 8, 3], embeddingDim: 8 });
    for (const one of [model, other]) {
      disturb(one);
      for (const layer of one.layers.slice(1, 3)) layer.trainable = false;
      await saveModel(file, one);
      const same = await loadModel(file);
      expect(same.layers.map((layer) => layer.trainable)).toEqual(
        one.layers.map((layer) => layer.trainable),
      );
      expect(features(same)).toEqual(features(one));
      same.dispose();
      one.dispose();
    }
  });

  it.each([true, false])('keep a whole model frozen, the outermost one: %s', async (outermost) => {
    const model = nested();
    disturb(model);
    const frozen = outermost ? model : (model.layers[0] as tf.LayersModel);
    frozen.trainable = false;
    await saveModel(file, model);
    const same = await loadModel(file);
    expect(same.trainableWeights).toHaveLength(outermost ? 0 : 2);
    expect(same.trainableWeights).toHaveLength(model.trainableWeights.length);
    expect(features(same)).toEqual(features(model));
    for (const one of [same, model]) one.dispose();
  });

  it('need nothing of the process that wrote the file', async () => {
    const model = visionTransformer({ inputShape: [8, 8, 3], blocks: 1 });
    await saveModel(file, model);
    const program = `
      const { loadModel, tf } = require('selfsup');
      loadModel(${JSON.stringify(file)}).then((model) => {
        const images = tf.randomUniform([4, 8, 8, 3], 0, 1, 'float32', 3);
        console.log(JSON.stringify(model.predict(images).arraySync()));
      });`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
      cwd: join(__dirname, '../../../..'),
      encoding: 'utf8',
    });
    expect(stderr).not.toContain('rror');
    expect(JSON.parse(stdout.trim().split('\n').at(-1) as string)).toEqual(features(model));
    model.dispose();
  });

  it('stand in a file that any reader of safetensors understands', async () => {
    const model = tutorialEncoder({ inputShape: [8, 8, 3] });
    await saveModel(file, model);
    const bytes = await readFile(file);
    const size = Number(bytes.readBigUInt64LE());
    const { __metadata__: metadata, ...tensors } = JSON.parse(bytes.toString('utf8', 8, 8 + size));
    expect(metadata.format).toBe('selfsup-model');
    const { class_name: name, config } = JSON.parse(metadata.architecture);
    expect(name).toBe('Model');
    expect(config.layers).toHaveLength(model.layers.length);
    expect(Object.keys(tensors)).toHaveLength(model.weights.length);
    model.dispose();
  });
});

describe('refused', () => {
  it('weights where a model is expected, and a model where weights are', async () => {
    const model = tutorialEncoder({ inputShape: [8, 8, 3] });
    await saveWeights(file, model);
    await expect(loadModel(file)).rejects.toThrow(
      /holds selfsup-weights; expected a model written by saveModel\(\). Weights are read with loadWeights/,
    );
    await saveModel(file, model);
    await expect(loadWeights(file, model)).rejects.toThrow(
      /holds selfsup-model; expected weights written by saveWeights\(\). A model is read with loadModel/,
    );
    model.dispose();
  });

  it('a file of another program', async () => {
    const header = Buffer.from(
      '{"0000 w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.padEnd(64),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(64n);
    await writeFile(file, Buffer.concat([length, header, Buffer.alloc(4)]));
    await expect(loadModel(file)).rejects.toThrow(/of another program.*loadWeights/);
  });

  it('a damaged file', async () => {
    const model = tutorialEncoder({ inputShape: [8, 8, 3] });
    await saveModel(file, model);
    const bytes = await readFile(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5);
    await writeFile(file, bytes);
    await expect(loadModel(file)).rejects.toThrow(CheckpointError);
    await expect(loadModel(file)).rejects.toThrow(/is damaged/);
    model.dispose();
  });

  it('a layer whose class the reader does not know', async () => {
    class Doubled extends tf.layers.Layer {
      static readonly className = 'DoubledForThisTest';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.tidy(() => (Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs).mul(2));
      }
    }
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [3] }), new Doubled({})],
    });
    await saveModel(file, model);
    await expect(loadModel(file)).rejects.toThrow(
      /names an architecture that cannot be made \(Unknown layer: DoubledForThisTest.*registerClass/,
    );
    tf.serialization.registerClass(Doubled as never);
    const same = await loadModel(file);
    const input = tf.ones([1, 3]);
    expect((same.predict(input) as tf.Tensor).arraySync()).toEqual(
      (model.predict(input) as tf.Tensor).arraySync(),
    );
  });

  it('what is no model, or not built', async () => {
    await expect(saveModel(file, {} as tf.LayersModel)).rejects.toThrow(InvalidArgumentError);
    await expect(saveModel(file, tf.sequential())).rejects.toThrow(/is not built/);
  });
});
