import { useNativeGradients } from 'tfjs-compile';
import { loadEngine } from './engine';

loadEngine();
// One operation instead of up to eight for the gradients of relu, bias and batch normalization.
useNativeGradients();

export * from '@tensorflow/tfjs-node';
