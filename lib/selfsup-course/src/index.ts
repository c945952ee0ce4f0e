import './work-limit';

export * from './check';
export * from './checkpoints';
export * from './data';
export * from './display';
export * from './evaluation';
export * from './processes';
export { byProfile, type Profile, profile } from './profile';
