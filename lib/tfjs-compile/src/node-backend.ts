import * as tf from '@tensorflow/tfjs';
import { CompileError } from './errors';

/** An attribute of a TensorFlow operation, in the form tfjs-node hands to its native binding. */
export interface OperationAttribute {
  readonly name: string;
  /** One of the binding's `TF_ATTR_*` numbers. */
  readonly type: number;
  readonly value: unknown;
}

/** What the native binding tells about a tensor it made. */
export interface NativeTensor {
  readonly id: number;
  readonly shape: number[];
  /** TensorFlow's `DataType` number. */
  readonly dtype: number;
}

export type NativeValues = Float32Array | Int32Array | Uint8Array | Uint8Array[];

/** The functions of tfjs-node's native binding that matter here. Ids are never used twice. */
export interface NativeBinding {
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  createTensor(shape: number[], dtype: number, values: NativeValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): unknown;
  executeOp(
    name: string,
    attributes: OperationAttribute[],
    inputs: number[],
    outputs: number,
  ): NativeTensor[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  runSavedModel(
    session: number,
    inputs: number[],
    inputNames: string,
    outputNames: string,
  ): NativeTensor[];
}

/** A tensor's storage in the backend; `values` holds JavaScript data not yet handed to TensorFlow. */
export interface TensorData {
  id: number;
  readonly values: NativeValues | null;
  readonly shape: number[];
  /** TensorFlow's `DataType` number; an image decoded to uint8 is an int32 tensor to tfjs. */
  readonly dtype: number;
}

/** The part of tfjs-node's backend used here. */
export interface NodeBackend {
  binding: NativeBinding;
  readonly tensorMap: { has(dataId: object): boolean; get(dataId: object): TensorData };
  createOutputTensor(metadata: NativeTensor): tf.Tensor;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  executeSingleOutput(
    name: string,
    attributes: OperationAttribute[],
    inputs: readonly tf.Tensor[],
  ): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OperationAttribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
  move(dataId: object, ...rest: unknown[]): void;
  read(dataId: object): Promise<unknown>;
  readSync(dataId: object): unknown;
  refCount(dataId: object): number;
}

/** TensorFlow's `DataType` numbers of the types that occur in traced operations. */
export const DataType = {
  FLOAT: 1,
  INT32: 3,
  UINT8: 4,
  STRING: 7,
  COMPLEX64: 8,
  INT64: 9,
  BOOL: 10,
  BFLOAT16: 14,
  RESOURCE: 20,
  VARIANT: 21,
} as const;

const DATA_TYPE_OF: Partial<Record<tf.DataType, number>> = {
  float32: DataType.FLOAT,
  int32: DataType.INT32,
  bool: DataType.BOOL,
  complex64: DataType.COMPLEX64,
  string: DataType.STRING,
};

/** TensorFlow's number of a tfjs dtype. */
export function dataTypeOf(dtype: tf.DataType): number {
  const found = DATA_TYPE_OF[dtype];
  if (found === undefined) throw new CompileError(`The dtype ${dtype} is unknown to TensorFlow.`);
  return found;
}

/**
 * The backend of tfjs-node or tfjs-node-gpu, which the caller has loaded.
 *
 * @throws CompileError when another backend is active.
 */
export function nodeBackend(): NodeBackend {
  const name = tf.getBackend();
  if (name !== 'tensorflow') {
    throw new CompileError(
      `The active TensorFlow.js backend is ${name ? `"${name}"` : 'none'}; this works with the backend of ` +
        "tfjs-node. Import '@tensorflow/tfjs-node' (or '@tensorflow/tfjs-node-gpu') before calling.",
    );
  }
  return tf.backend() as unknown as NodeBackend;
}

/** The attribute that carries a data type, for instance `typeAttribute('T', DataType.FLOAT)`. */
export function typeAttribute(name: string, dtype: number): OperationAttribute {
  return { name, type: nodeBackend().binding.TF_ATTR_TYPE, value: dtype };
}
