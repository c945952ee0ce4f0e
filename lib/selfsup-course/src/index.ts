import './work-limit';

export * from './check';
export * from './checkpoints';
export * from './data';
export * from './display';
export * from './evaluation';
export { byProfile, type Profile, profile } from './profile';
