export { fastestPrecision, RandomStream } from 'tfjs-compile';
export { EngineError } from './engine';
export { InvalidArgumentError, SelfSupError } from './errors';
export { byProfile, type Profile, profile } from './profile';
export type { OnProgress, Progress } from './progress';
export * as tf from './tensorflow';
