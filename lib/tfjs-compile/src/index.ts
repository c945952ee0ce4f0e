export { fusedBatchNormalization, type NormalizedBatch } from './batch-normalization';
export { fastestPrecision } from './bfloat16';
export { type Compiled, type CompileOptions, compile } from './compile';
export {
  CompileArgumentError,
  CompileError,
  GraphError,
  NotCompilableError,
  StateError,
} from './errors';
export type { Explanation, OperationTime } from './explain';
export type { GraphSummary } from './graph-summary';
export {
  type BidirectionalLstmWeights,
  bidirectionalLstm,
  type LstmOptions,
  type LstmResult,
  type LstmWeights,
  lstm,
} from './lstm';
export { useNativeGradients } from './native-gradients';
export { findState, type ObservedCall, type ObserveOptions, observeCall } from './observe-state';
export { RandomStream } from './random-stream';
export { softmaxCrossEntropy, sparseSoftmaxCrossEntropy } from './softmax-cross-entropy';
export { isTracing } from './trace';
