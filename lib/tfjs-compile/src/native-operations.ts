import * as tf from '@tensorflow/tfjs';
import {
  DataType,
  dataTypeOf,
  type NodeBackend,
  nodeBackend,
  type OperationAttribute,
} from './node-backend';

// TensorFlow operations that TensorFlow.js has no function for. Each is a tfjs kernel of its own, so that gradients,
// tf.profile and the tracer see it like any other.

type Attributes = Record<string, string | number | boolean>;

/** What tells a kernel's TensorFlow attributes from its inputs and the caller's attributes. */
interface NativeKernel {
  readonly outputs?: number;
  attributes(inputs: readonly tf.Tensor[], given: Attributes): OperationAttribute[];
  /** The value of an int64 scalar, a type tfjs lacks, that comes before the inputs. */
  leadingInteger?(inputs: readonly tf.Tensor[]): number;
  /** A last input made of the caller's attributes, for instance a shape. */
  lastInput?(given: Attributes): tf.Tensor;
}

const PREFIX = 'tfjs-compile/';

function type(name: string, tensor: tf.Tensor | undefined): OperationAttribute {
  const dtype = dataTypeOf(tensor?.dtype ?? 'float32');
  return { name, type: nodeBackend().binding.TF_ATTR_TYPE, value: dtype };
}

function flag(name: string, value: boolean): OperationAttribute {
  return { name, type: nodeBackend().binding.TF_ATTR_BOOL, value };
}

function text(name: string, value: string): OperationAttribute {
  return { name, type: nodeBackend().binding.TF_ATTR_STRING, value };
}

function batchNormalizationAttributes(
  inputs: readonly tf.Tensor[],
  given: Attributes,
): OperationAttribute[] {
  const { binding } = nodeBackend();
  return [
    type('T', inputs[0]),
    type('U', undefined),
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: given.epsilon },
    text('data_format', 'NHWC'),
    flag('is_training', true),
  ];
}

const gradient: NativeKernel = { attributes: ([dy]) => [type('T', dy)] };

const KERNELS = {
  ReluGrad: gradient,
  Relu6Grad: gradient,
  SigmoidGrad: gradient,
  TanhGrad: gradient,
  BiasAddGrad: { attributes: ([dy]) => [type('T', dy), text('data_format', 'NHWC')] },
  // A recurrence over the first axis of its first input, from its first to its last step.
  BlockLSTMV2: {
    outputs: 7,
    attributes: ([x]) => [type('T', x), flag('use_peephole', false)],
    leadingInteger: ([x]) => x?.shape[0] ?? 0,
  },
  BroadcastTo: {
    attributes: ([x]) => [type('T', x), { ...type('Tidx', undefined), value: dataTypeOf('int32') }],
    lastInput: ({ shape }) => tf.tensor1d(JSON.parse(shape as string) as number[], 'int32'),
  },
  // Without the range check of tfjs, which reads the indices.
  GatherV2: {
    attributes: ([x, indices]) => [
      type('Tparams', x),
      type('Tindices', indices),
      { ...type('Taxis', undefined), value: DataType.INT32 },
    ],
    lastInput: () => tf.scalar(0, 'int32'),
  },
  FusedBatchNormV3: { outputs: 6, attributes: batchNormalizationAttributes },
  FusedBatchNormGradV3: { outputs: 5, attributes: batchNormalizationAttributes },
  LSTMBlockCellGrad: {
    outputs: 5,
    attributes: ([x]) => [type('T', x), flag('use_peephole', false)],
  },
  // tfjs multiplies matrices with BatchMatMulV2, which takes a fifth longer for small ones.
  MatMul: {
    attributes: ([a], { transposeA, transposeB }) => [
      type('T', a),
      flag('transpose_a', transposeA === true),
      flag('transpose_b', transposeB === true),
    ],
  },
  // The first axis is time and the second the batch.
  ReverseSequence: {
    attributes: ([x, lengths]) => [
      type('T', x),
      type('Tlen', lengths),
      { name: 'seq_dim', type: nodeBackend().binding.TF_ATTR_INT, value: 0 },
      { name: 'batch_dim', type: nodeBackend().binding.TF_ATTR_INT, value: 1 },
    ],
  },
  SoftmaxCrossEntropyWithLogits: { outputs: 2, attributes: ([logits]) => [type('T', logits)] },
  TensorScatterSub: { attributes: ([x, at]) => [type('T', x), type('Tindices', at)] },
} satisfies Record<string, NativeKernel>;

export type NativeOperation = keyof typeof KERNELS;

for (const [operation, kernel] of Object.entries<NativeKernel>(KERNELS)) {
  tf.registerKernel({
    kernelName: PREFIX + operation,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const tensors = Object.values(inputs) as tf.Tensor[];
      const given = (attrs ?? {}) as Attributes;
      const node = backend as unknown as NodeBackend;
      const last = kernel.lastInput?.(given);
      const ids = node.getInputTensorIds(last ? [...tensors, last] : tensors);
      const integer = kernel.leadingInteger?.(tensors);
      if (integer !== undefined) {
        // tfjs-node takes an int64 as two int32, the low one first.
        ids.unshift(node.binding.createTensor([], DataType.INT64, new Int32Array([integer, 0])));
      }
      const outputs = node.binding
        .executeOp(operation, kernel.attributes(tensors, given), ids, kernel.outputs ?? 1)
        .map((metadata) => node.createOutputTensor(metadata));
      if (integer !== undefined) node.binding.deleteTensor(ids[0] as number);
      last?.dispose();
      return outputs.length === 1 ? (outputs[0] as tf.Tensor) : outputs;
    },
  });
}

/** Runs a native operation with its inputs in TensorFlow's order. */
export function nativeOperation(
  operation: NativeOperation,
  inputs: Record<string, tf.Tensor>,
  attributes: Attributes = {},
): tf.Tensor[] {
  const result = tf.engine().runKernel(PREFIX + operation, inputs, attributes);
  return (Array.isArray(result) ? result : [result]) as tf.Tensor[];
}

/** The first output of {@link nativeOperation}. */
export function native(
  operation: NativeOperation,
  inputs: Record<string, tf.Tensor>,
  attributes: Attributes = {},
): tf.Tensor {
  return nativeOperation(operation, inputs, attributes)[0] as tf.Tensor;
}

/** The value repeated along dimensions of length 1, as NumPy broadcasts. */
export function broadcastTo(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return native('BroadcastTo', { x }, { shape: JSON.stringify(shape) });
}

/** Declares the gradient of a native operation. */
export function registerNativeGradient(
  operation: NativeOperation,
  config: Omit<Parameters<typeof tf.registerGradient>[0], 'kernelName'>,
): void {
  tf.registerGradient({ kernelName: PREFIX + operation, ...config });
}

// Gradients of gradients, so that penalties on gradients can be trained.
registerNativeGradient('ReluGrad', {
  inputsToSave: ['dy', 'y'],
  gradFunc: (g, saved) => {
    const [dy, y] = saved as [tf.Tensor, tf.Tensor];
    return {
      dy: () => native('ReluGrad', { dy: g as tf.Tensor, y }),
      y: () => tf.zerosLike(dy),
    };
  },
});
registerNativeGradient('Relu6Grad', {
  inputsToSave: ['dy', 'y'],
  gradFunc: (g, saved) => {
    const [dy, y] = saved as [tf.Tensor, tf.Tensor];
    return {
      dy: () => native('Relu6Grad', { dy: g as tf.Tensor, y }),
      y: () => tf.zerosLike(dy),
    };
  },
});
registerNativeGradient('SigmoidGrad', {
  inputsToSave: ['y', 'dy'],
  gradFunc: (g, saved) => {
    const [y, dy] = saved as [tf.Tensor, tf.Tensor];
    return {
      y: () => tf.mul(tf.mul(g as tf.Tensor, dy), tf.sub(1, tf.mul(y, 2))),
      dy: () => native('SigmoidGrad', { y, dy: g as tf.Tensor }),
    };
  },
});
registerNativeGradient('TanhGrad', {
  inputsToSave: ['y', 'dy'],
  gradFunc: (g, saved) => {
    const [y, dy] = saved as [tf.Tensor, tf.Tensor];
    return {
      y: () => tf.mul(tf.mul(g as tf.Tensor, dy), tf.mul(y, -2)),
      dy: () => native('TanhGrad', { y, dy: g as tf.Tensor }),
    };
  },
});
registerNativeGradient('BiasAddGrad', {
  inputsToSave: ['dy'],
  gradFunc: (g, saved) => ({
    dy: () => broadcastTo(g as tf.Tensor, (saved[0] as tf.Tensor).shape),
  }),
});
registerNativeGradient('ReverseSequence', {
  inputsToSave: ['lengths'],
  gradFunc: (g, saved) => {
    const [lengths] = saved as [tf.Tensor];
    return {
      x: () => native('ReverseSequence', { x: g as tf.Tensor, lengths }),
      lengths: () => tf.zerosLike(lengths),
    };
  },
});
registerNativeGradient('BroadcastTo', {
  inputsToSave: ['x'],
  gradFunc: (g, saved) => {
    const [x] = saved as [tf.Tensor];
    const dy = g as tf.Tensor;
    const padded = [...Array<number>(dy.rank - x.rank).fill(1), ...x.shape];
    const axes = padded.flatMap((size, axis) => (size === 1 && dy.shape[axis] !== 1 ? [axis] : []));
    return { x: () => tf.reshape(axes.length > 0 ? tf.sum(dy, axes) : dy, x.shape) };
  },
});
