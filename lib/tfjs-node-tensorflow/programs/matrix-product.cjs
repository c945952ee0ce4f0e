// matrix-product.cjs TFJS_NODE_FOLDER: loads tfjs-node, multiplies two matrices, and prints as one line of JSON what
// computed them. Fails when the engine does not load or the product is wrong.
require('tfjs-node-tensorflow/node-compatibility');

const tf = require(process.argv[2]);

// Sums of products of small whole numbers are exact in float32, also in the reduced precisions of a GPU.
const size = 64;
const rows = tf.tensor2d(
  Float32Array.from({ length: size * size }, (_, i) => i % 7),
  [size, size],
);
const columns = tf.tensor2d(
  Float32Array.from({ length: size * size }, (_, i) => i % 5),
  [size, size],
);
const [left, right, product] = [rows, columns, tf.matMul(rows, columns)].map((t) => t.dataSync());

for (let i = 0; i < size; i += 1) {
  for (let j = 0; j < size; j += 1) {
    let expected = 0;
    for (let k = 0; k < size; k += 1) expected += left[i * size + k] * right[k * size + j];
    if (product[i * size + j] !== expected) {
      throw new Error(
        `A product of two matrices is wrong: element (${i}, ${j}) is ${product[i * size + j]}, not ${expected}.`,
      );
    }
  }
}

const backend = tf.backend();
console.log(
  JSON.stringify({
    tensorflow: backend.binding.TF_Version,
    gpu: backend.isUsingGpuDevice === true,
  }),
);
