import { spawnSync } from 'node:child_process';
import { tf } from 'selfsup';
import { CompileArgumentError, CompileError, compile, fastestPrecision, lstm } from 'tfjs-compile';
import { describe, expect, it } from 'vitest';
import { requireFastBfloat16, variableAgainstBfloat16 } from '../../lib/tfjs-compile/src/bfloat16';

const hasBfloat16 = fastestPrecision() === 'bfloat16';

describe('requireFastBfloat16', () => {
  it.each(['flags: fma avx512_bf16 avx512f', 'flags: amx_bf16', 'Features : fp asimd bf16'])(
    'accepts %s',
    (text) => {
      expect(() => requireFastBfloat16(text)).not.toThrow();
      expect(fastestPrecision(text)).toBe('bfloat16');
    },
  );

  it.each(['flags: fma avx2', 'flags: avx512f', ''])('refuses %s', (text) => {
    expect(() => requireFastBfloat16(text, {})).toThrow(CompileError);
    expect(() => requireFastBfloat16(text, {})).toThrow(/does not multiply bfloat16/);
    expect(fastestPrecision(text)).toBe('float32');
  });

  it.each([
    [{ ONEDNN_MAX_CPU_ISA: 'AVX2' }, 'ONEDNN_MAX_CPU_ISA=AVX2'],
    [{ ONEDNN_MAX_CPU_ISA: 'avx512_core' }, 'ONEDNN_MAX_CPU_ISA=avx512_core'],
    [{ DNNL_MAX_CPU_ISA: 'AVX512_CORE_VNNI' }, 'DNNL_MAX_CPU_ISA=AVX512_CORE_VNNI'],
    [{ TF_ENABLE_ONEDNN_OPTS: '0' }, 'TF_ENABLE_ONEDNN_OPTS=0'],
    [{ ONEDNN_MAX_CPU_ISA: 'AVX512_CORE_BF16' }, null],
    [{ ONEDNN_MAX_CPU_ISA: 'AVX512_CORE_AMX_FP16' }, null],
    [{ ONEDNN_MAX_CPU_ISA: 'DEFAULT', TF_ENABLE_ONEDNN_OPTS: '1' }, null],
    [{ ONEDNN_MAX_CPU_ISA: '' }, null],
    [{}, null],
  ])('knows what keeps TensorFlow from it: %j', (environment, variable) => {
    expect(variableAgainstBfloat16(environment)).toBe(variable);
    const ask = () => requireFastBfloat16('flags: avx2', environment);
    if (variable !== null) expect(ask).toThrow(`${variable} keeps TensorFlow from multiplying`);
  });

  // oneDNN would end the process at such a product.
  it('takes float32 where oneDNN is told to use no such instructions, whatever the processor has', () => {
    const program =
      "import '@tensorflow/tfjs-node'; import { fastestPrecision } from 'tfjs-compile'; console.log(fastestPrecision());";
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', program],
      {
        cwd: __dirname,
        encoding: 'utf8',
        env: { ...process.env, ONEDNN_MAX_CPU_ISA: 'AVX2' },
      },
    );
    expect(stdout.trim(), stderr).toBe('float32');
  });

  it('is asked by compile', () => {
    const make = () => compile((x: tf.Tensor) => x, { precision: 'bfloat16' });
    if (hasBfloat16) expect(make).not.toThrow();
    else expect(make).toThrow(/precision: 'float32'/);
    expect(() => compile((x: tf.Tensor) => x, { precision: 'float16' as 'float32' })).toThrow(
      CompileArgumentError,
    );
  });
});

describe.skipIf(!hasBfloat16)('precision bfloat16', () => {
  it('sums the gradient of a layer over all but its last axis, as its bias needs it, and over no others', () => {
    const w = tf.variable(tf.randomNormal([3, 3, 2, 4], 0, 1, 'float32', 1));
    const compiled = compile(
      (x: tf.Tensor4D) => {
        const y = tf.conv2d(x, w as tf.Tensor4D, 1, 'same');
        return { bias: y.sum([0, 1, 2]), kept: y.sum([0, 1, 2], true), first: y.sum([1, 2, 3]) };
      },
      { precision: 'bfloat16', verify: false },
    );
    const x = tf.randomNormal<tf.Rank.R4>([2, 5, 5, 2], 0, 1, 'float32', 2);
    const [traced, run] = [compiled(x), compiled(x)];
    for (const name of ['bias', 'kept', 'first'] as const) {
      expect(run[name].shape).toEqual(traced[name].shape);
      expect(run[name].dtype).toBe('float32');
      const [got, expected] = [run[name].dataSync(), traced[name].dataSync()];
      // The terms are rounded to 8 bits each, the sums are of 50 or 100 of them.
      got.forEach((value, index) => {
        expect(Math.abs(value - (expected[index] as number))).toBeLessThan(0.5);
      });
    }
    const sums = compiled.explain(x).times.filter(({ operation }) => operation === 'Sum');
    expect(sums.reduce((count, time) => count + time.count, 0)).toBe(2);
    w.dispose();
  });

  it('rounds products with weights to 8 bits and leaves other products and sums alone', () => {
    const w = tf.variable(
      tf.tensor2d([
        [1 + 1 / 512, 0],
        [0, 1],
      ]),
    );
    const compiled = compile(
      (x: tf.Tensor2D) => ({
        weights: tf.matMul(x, w as tf.Tensor2D),
        activations: tf.matMul(x, x, false, true),
        sum: x.add(w.slice([0, 0], [1, 2])),
      }),
      { precision: 'bfloat16', verify: false },
    );
    const x = tf.tensor2d([1, 0, 0, 1 + 1 / 512, 0, 0], [3, 2]);
    const [traced, run] = [compiled(x), compiled(x)];
    const exact = 1 + 1 / 512;
    expect(traced.weights.dataSync()[0]).toBeCloseTo(exact, 6);
    // 1 + 1/512 lies between the bfloat16 numbers 1 and 1 + 1/128.
    expect(Array.from(run.weights.dataSync())).toEqual([1, 0, 0, 1, 0, 0]);
    expect(run.activations.dataSync()[4]).toBeCloseTo(exact * exact, 6);
    expect(run.sum.dataSync()[0]).toBeCloseTo(1 + exact, 6);
    expect(run.weights.dtype).toBe('float32');
    w.dispose();
  });

  // Joined to the product, it takes oneDNN four times as long.
  it('adds the bias of a dense layer in float32, apart from the product', () => {
    const [w, b] = [tf.variable(tf.tensor2d([[1]])), tf.variable(tf.tensor1d([1 / 512]))];
    const layer = compile((x: tf.Tensor2D) => tf.matMul(x, w as tf.Tensor2D).add(b), {
      precision: 'bfloat16',
    });
    const x = tf.tensor2d([[1], [1 + 1 / 512]]);
    const [, , run] = [layer(x), layer(x), layer(x)];
    // The products are 1, rounded; 1 + 1/512 is no bfloat16 number.
    expect(Array.from(run.dataSync())).toEqual([1 + 1 / 512, 1 + 1 / 512]);
    tf.dispose([w, b]);
  });

  it('rounds what the gradient of an LSTM multiplies to 8 bits, and comes near the gradient in float32', () => {
    const units = 4;
    const weight = (shape: number[], seed: number) =>
      tf.variable(tf.randomNormal(shape, 0, 0.5, 'float32', seed));
    const weights = {
      kernel: weight([3, 4 * units], 1),
      recurrentKernel: weight([units, 4 * units], 2),
      bias: weight([4 * units], 3),
    };
    const gradients = (precision: 'float32' | 'bfloat16'): Float32Array[] => {
      const compiled = compile(
        (x: tf.Tensor3D) => {
          const { grads } = tf.variableGrads(
            () => lstm(x, weights).outputs.square().sum(),
            Object.values(weights),
          );
          return Object.values(weights).map(({ name }) => grads[name] as tf.Tensor);
        },
        { precision },
      );
      const x = tf.randomNormal<tf.Rank.R3>([5, 6, 3], 0, 1, 'float32', 4);
      compiled(x);
      compiled(x);
      return compiled(x).map((gradient) => gradient.dataSync() as Float32Array);
    };
    const [full, half] = [gradients('float32'), gradients('bfloat16')];
    full.forEach((exact, index) => {
      const rounded = half[index] as Float32Array;
      expect(Array.from(rounded)).not.toEqual(Array.from(exact));
      const largest = Math.max(...exact.map(Math.abs));
      // Thirty products of numbers with a relative error of 1/512 each.
      rounded.forEach((value, place) => {
        expect(Math.abs(value - (exact[place] as number)) / largest).toBeLessThan(0.03);
      });
    });
    tf.dispose(weights);
  });

  it('trains a small network as float32 does, with float32 weights', () => {
    const train = (precision: 'float32' | 'bfloat16'): number[] => {
      const model = tf.sequential({
        layers: [
          tf.layers.conv2d({
            inputShape: [6, 6, 2],
            filters: 8,
            kernelSize: 3,
            activation: 'relu',
            kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
          }),
          tf.layers.batchNormalization(),
          tf.layers.maxPooling2d({ poolSize: 2 }),
          tf.layers.conv2d({
            filters: 8,
            kernelSize: 2,
            activation: 'relu',
            kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }),
          }),
          tf.layers.flatten(),
          tf.layers.dense({
            units: 1,
            kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }),
          }),
        ],
      });
      const variables = model.trainableWeights.map(
        (v) => (v as unknown as { val: tf.Variable }).val,
      );
      const step = compile(
        (x: tf.Tensor, y: tf.Tensor) => {
          const { value, grads } = tf.variableGrads(
            () =>
              (model.apply(x, { training: true }) as tf.Tensor).sub(y).square().mean() as tf.Scalar,
            variables,
          );
          for (const v of variables) v.assign(v.sub((grads[v.name] as tf.Tensor).mul(0.05)));
          return value;
        },
        { precision },
      );
      const x = tf.randomNormal([16, 6, 6, 2], 0, 1, 'float32', 4);
      const y = x.slice([0, 2, 2, 0], [16, 2, 2, 1]).mean([1, 2]);
      const losses: number[] = [];
      const before = tf.memory().numTensors;
      for (let i = 0; i < 40; i++) {
        const loss = step(x, y);
        losses.push(loss.dataSync()[0] as number);
        loss.dispose();
      }
      expect(tf.memory().numTensors).toBe(before);
      step.dispose();
      model.dispose();
      tf.dispose([x, y]);
      return losses;
    };
    const full = train('float32');
    const half = train('bfloat16');
    expect(full[39]).toBeLessThan((full[0] as number) / 3);
    expect(half[39]).toBeLessThan((half[0] as number) / 3);
    expect(half).not.toEqual(full);
    expect(Math.abs((half[39] as number) - (full[39] as number))).toBeLessThan(
      0.1 * (full[0] as number),
    );
  });
});
