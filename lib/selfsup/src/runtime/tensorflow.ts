import { loadEngine } from './engine';

loadEngine();

export * from '@tensorflow/tfjs-node';
