import { useNativeGradients } from 'tfjs-compile';

import tf = require('../../engine/tensorflow');

import { loadEngine } from './engine';

// The engine is loaded, and common gradients become single operations of TensorFlow, at the first use of a name of tf.
Reflect.set(tf, Symbol.for('selfsup.engine-loader'), () => {
  loadEngine();
  useNativeGradients();
  return require('@tensorflow/tfjs-node');
});

export = tf;
