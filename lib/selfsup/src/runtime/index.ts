export { RandomStream } from 'tfjs-compile';
export { SelfSupError } from './errors';
export { byProfile, type Profile, profile } from './profile';
export * as tf from './tensorflow';
