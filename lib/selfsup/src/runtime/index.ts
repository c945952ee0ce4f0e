export { fastestPrecision, RandomStream } from 'tfjs-compile';
export { EngineError } from './engine';
export { InvalidArgumentError, SelfSupError } from './errors';
export type { OnProgress, Progress } from './progress';
export { RandomGenerator } from './random-generator';
export * as tf from './tensorflow';
