export * from '@tensorflow/tfjs-node';
