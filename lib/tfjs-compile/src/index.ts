export { type Compiled, type CompileOptions, compile, type GraphSummary } from './compile';
export {
  CompileArgumentError,
  CompileError,
  GraphError,
  NotCompilableError,
} from './errors';
export { RandomStream } from './random-stream';
