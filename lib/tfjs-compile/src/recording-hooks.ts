import * as tf from '@tensorflow/tfjs';
import { type Hook, hook } from './hooks';
import type {
  NativeBinding,
  NativeTensor,
  NativeValues,
  NodeBackend,
  OperationAttribute,
} from './node-backend';
import type { Recorder } from './recorder';

/** The native binding, seen by the recorder. */
function recordingBinding(recorder: Recorder, binding: NativeBinding): NativeBinding {
  const createTensor = (shape: number[], dtype: number, values: NativeValues): number => {
    const id = binding.createTensor(shape, dtype, values);
    recorder.noteConstant(id, { shape: [...shape], dtype }, values);
    return id;
  };
  const executeOp = (
    operation: string,
    attributes: OperationAttribute[],
    inputs: number[],
    outputs: number,
  ): NativeTensor[] =>
    recorder.recordOperation(operation, attributes, inputs, (ids) =>
      binding.executeOp(operation, attributes, ids, outputs),
    );
  const runSavedModel = (): never => {
    throw recorder.refuseSavedModel();
  };
  // The binding's own functions are read-only: they cannot be assigned to, not even in an object that inherits them.
  return Object.create(binding, {
    createTensor: { value: createTensor },
    executeOp: { value: executeOp },
    runSavedModel: { value: runSavedModel },
  }) as NativeBinding;
}

/** What happens to the tensors' storage. */
function storageHooks(recorder: Recorder, backend: NodeBackend): Hook[] {
  const { createOutputTensor, getInputTensorIds, move, read, readSync } = backend;
  return [
    hook(backend, 'getInputTensorIds', (tensors) =>
      tensors.map((tensor) =>
        recorder.recordInput(tensor, () => getInputTensorIds.call(backend, [tensor])[0] as number),
      ),
    ),
    hook(backend, 'createOutputTensor', (metadata) => {
      const tensor = createOutputTensor.call(backend, metadata);
      recorder.noteStorage(tensor.dataId, metadata);
      return tensor;
    }),
    hook(backend, 'move', (dataId, ...rest) => {
      recorder.noteStorage(dataId);
      move.call(backend, dataId, ...rest);
    }),
    hook(backend, 'readSync', (dataId) => {
      const refusal = recorder.refuseReading(dataId);
      if (refusal) throw refusal;
      return readSync.call(backend, dataId);
    }),
    hook(backend, 'read', (dataId) =>
      // The refusal is thrown when the function returns; a rejected promise nobody awaits would end the process.
      recorder.refuseReading(dataId) ? new Promise(() => undefined) : read.call(backend, dataId),
    ),
  ];
}

/** What happens in TensorFlow.js and JavaScript above the backend. */
function engineHooks(recorder: Recorder): Hook[] {
  const engine = tf.engine() as unknown as {
    runKernel(kernel: string, ...rest: unknown[]): unknown;
  };
  const { runKernel } = engine;
  const { random } = Math;
  return [
    hook(engine, 'runKernel', (kernel, ...rest) =>
      recorder.insideKernel(kernel, () => runKernel.call(engine, kernel, ...rest)),
    ),
    hook(
      tf.Tensor.prototype as unknown as { throwIfDisposed(): void },
      'throwIfDisposed',
      function (this: tf.Tensor): void {
        if (this.isDisposed) throw recorder.refuseDisposed();
      } as () => void,
    ),
    hook(Math, 'random', () => {
      recorder.noteRandomness();
      return random();
    }),
  ];
}

/** What must stand in the place of TensorFlow.js's own functions while a call is recorded. */
export function recordingHooks(recorder: Recorder, backend: NodeBackend): Hook[] {
  return [
    hook(backend, 'binding', recordingBinding(recorder, backend.binding)),
    ...storageHooks(recorder, backend),
    ...engineHooks(recorder),
  ];
}
