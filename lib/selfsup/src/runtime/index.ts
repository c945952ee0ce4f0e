import * as tf from './tensorflow';

export { fastestPrecision } from 'tfjs-compile';
export { EngineError } from './engine';
export { InvalidArgumentError, SelfSupError } from './errors';
export { InterruptedError, markInterrupted, setInterruptCell } from './interruption';
export type { OnProgress, Progress } from './progress';
export { RandomGenerator } from './random-generator';
export { RandomStream } from './random-stream';
export { setWorkLimit } from './work-limit';
export { tf };
