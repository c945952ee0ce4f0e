import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointError, loadWeights, saveWeights, tf } from 'selfsup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
let file: string;
let variables: tf.Variable[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selfsup-weights-'));
  file = join(folder, 'encoder.safetensors');
  variables = tf.tidy(() => [
    tf.variable(tf.randomNormal([2, 3], 0, 1, 'float32', 1)),
    tf.variable(tf.tensor1d([1, 2, 3], 'int32'), false),
    tf.variable(tf.tensor1d([true, false, true], 'bool'), false),
    tf.variable(tf.scalar(Math.PI)),
  ]);
});
afterEach(async () => {
  tf.dispose(variables);
  await rm(folder, { recursive: true });
});

const emptyLike = (): tf.Variable[] =>
  tf.tidy(() => variables.map((one) => tf.variable(tf.zerosLike(one), false)));
const values = (list: tf.Variable[]): number[][] => list.map((one) => [...one.dataSync()]);

describe('saveWeights and loadWeights', () => {
  it('give another model the same values, by order and not by name', async () => {
    await saveWeights(file, variables);
    const others = emptyLike();
    const before = tf.memory().numTensors;
    await loadWeights(file, others);
    expect(tf.memory().numTensors).toBe(before);
    expect(values(others)).toEqual(values(variables));
    tf.dispose(others);
  });

  it('take a model as well as its variables', async () => {
    const make = () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    const [layers, copy] = [make(), make()];
    await saveWeights(file, layers);
    await loadWeights(file, copy);
    expect(copy.getWeights().map((one) => one.arraySync())).toEqual(
      layers.getWeights().map((one) => one.arraySync()),
    );
    await saveWeights(file, { weights: variables });
    const others = emptyLike();
    await loadWeights(file, { weights: others });
    expect(values(others)).toEqual(values(variables));
    tf.dispose(others);
    for (const model of [layers, copy]) model.dispose();
  });

  it.each([
    ['a layer', (model: tf.LayersModel) => [model.layers[1]]],
    ['a model among the layers', (model: tf.LayersModel) => [model.layers[2]]],
    ['the whole', (model: tf.LayersModel) => [model]],
    [
      'a layer of the whole that is frozen, too',
      (model: tf.LayersModel) => [model.layers[1], model],
    ],
  ])('do not depend on what is frozen: %s', async (_, partsOf) => {
    // All kernels have one shape, so that nothing else would tell that they were exchanged.
    const dense = () => tf.layers.dense({ units: 3, kernelInitializer: 'randomNormal' });
    const make = () => {
      const input = tf.input({ shape: [3] });
      const inner = tf.sequential({
        layers: [tf.layers.dense({ units: 3, inputShape: [3] }), tf.layers.batchNormalization()],
      });
      const parts = [dense(), inner, tf.layers.batchNormalization(), dense()];
      const output = parts.reduce<tf.SymbolicTensor>(
        (x, part) => part.apply(x) as tf.SymbolicTensor,
        input,
      );
      return tf.model({ inputs: input, outputs: output });
    };
    const [frozen, whole] = [make(), make()];
    for (const part of partsOf(frozen)) if (part) part.trainable = false;
    const flags = () => frozen.weights.map(({ name, trainable }) => `${name} ${trainable}`);
    const before = flags();
    const x = tf.randomNormal([4, 3], 0, 1, 'float32', 5);
    const outputOf = (model: tf.LayersModel) =>
      Array.from(tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync()));
    const expected = outputOf(frozen);
    await saveWeights(file, frozen);
    expect(flags()).toEqual(before);
    await loadWeights(file, whole);
    expect(outputOf(whole)).toEqual(expected);
    const unchanged = outputOf(frozen);
    await saveWeights(file, whole);
    await loadWeights(file, frozen);
    expect(outputOf(frozen)).toEqual(unchanged);
    expect(flags()).toEqual(before);
    x.dispose();
    for (const model of [frozen, whole]) model.dispose();
  });

  it('write the safetensors format: a length, a JSON header, the values', async () => {
    await saveWeights(file, variables);
    const bytes = await readFile(file);
    const size = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + size));
    const [first, second, third, fourth] = Object.keys(header).slice(1) as [string, ...string[]];
    expect(size % 8).toBe(0);
    expect(header.__metadata__.format).toBe('selfsup-weights');
    expect(header[first]).toEqual({ dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
    expect(header[second as string]).toEqual({ dtype: 'I32', shape: [3], data_offsets: [24, 36] });
    expect(header[third as string]).toEqual({ dtype: 'BOOL', shape: [3], data_offsets: [36, 39] });
    expect(header[fourth as string]).toEqual({ dtype: 'F32', shape: [], data_offsets: [39, 43] });
    expect(bytes.length).toBe(8 + size + 43);
    expect(bytes.readFloatLE(8 + size)).toBe((variables[0] as tf.Variable).dataSync()[0]);
  });

  it('replace an existing file as a whole', async () => {
    await writeFile(file, 'x'.repeat(100_000));
    await saveWeights(file, variables);
    const others = emptyLike();
    await loadWeights(file, others);
    expect(values(others)).toEqual(values(variables));
    tf.dispose(others);
  });

  it('refuse what does not fit, and then assign nothing', async () => {
    await saveWeights(file, variables);
    const fewer = emptyLike();
    const last = fewer.pop() as tf.Variable;
    await expect(loadWeights(file, fewer)).rejects.toThrow(/holds 4 tensors.*have 3 variables/);
    const wider = [...fewer, tf.tidy(() => tf.variable(tf.zeros([7])))];
    await expect(loadWeights(file, wider)).rejects.toThrow(/is float32 \[\], the .* float32 \[7\]/);
    expect(
      values(wider)
        .flat()
        .every((value) => value === 0),
    ).toBe(true);
    tf.dispose([wider, last]);
  });

  it.each<[string, (size: number) => Promise<void>, RegExp]>([
    ['cut off in the values', (size) => truncate(file, size - 1), /damaged: its SHA-256/],
    ['cut off in the header', () => truncate(file, 40), /damaged: its header should have/],
    ['cut off at once', () => truncate(file, 3), /damaged: it has only 3 bytes/],
    ['something else', () => writeFile(file, Buffer.alloc(64, 1)), /damaged: its header should/],
    ['no JSON', () => writeFile(file, Buffer.from('\x04\0\0\0\0\0\0\0nope')), /not JSON/],
    ['another program’s', () => writeFile(file, Buffer.from('\x02\0\0\0\0\0\0\0{}')), /no SHA-256/],
    ['missing', () => rm(file), /could not be read \(ENOENT/],
  ])('refuse a file that is %s', async (_what, damage, message) => {
    await saveWeights(file, variables);
    await damage((await readFile(file)).length);
    const others = emptyLike();
    await expect(loadWeights(file, others)).rejects.toThrow(CheckpointError);
    await expect(loadWeights(file, others)).rejects.toThrow(message);
    tf.dispose(others);
  });

  it('notice every flipped bit', async () => {
    await saveWeights(file, variables);
    const bytes = await readFile(file);
    const others = emptyLike();
    for (let position = 0; position < bytes.length; position += 7) {
      const damaged = Buffer.from(bytes);
      damaged[position] = (damaged[position] as number) ^ 0x10;
      await writeFile(file, damaged);
      await expect(loadWeights(file, others), `byte ${position}`).rejects.toThrow(CheckpointError);
    }
    tf.dispose(others);
  });
});
