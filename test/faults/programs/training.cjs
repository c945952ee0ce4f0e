// training.cjs FILE STEPS: trains with a checkpoint after every step, going on where an earlier run was stopped, and prints
// what it has come to. The state is large, so that a kill at a random time often meets a write.
const { AdamW, RandomStream, tf, train, trainingStep } = require('selfsup');

const [, , file, steps] = process.argv;
const WIDTH = 60_000;

const weight = tf.variable(tf.tidy(() => tf.linspace(-1, 1, WIDTH).reshape([2, WIDTH / 2])));
const optimizer = new AdamW([weight]);
const step = trainingStep(({ rows, seed, learningRate }) => {
  const target = new RandomStream(seed).normal([4, WIDTH / 2]);
  const { value, grads } = tf.variableGrads(
    () => rows.matMul(weight).sub(target).square().mean(),
    [weight],
  );
  optimizer.applyGradients(grads, learningRate);
  return { loss: value };
});

train({
  step,
  data: {
    size: 14,
    batch: (indices) => ({ rows: tf.tensor2d(Array.from(indices, (i) => [1, i / 14])) }),
  },
  batchSize: 4,
  steps: Number(steps),
  learningRate: 0.05,
  seed: 3,
  compile: false,
  checkpoint: { file, everySteps: 1 },
  resume: true,
}).then(
  ({ history, stopped }) => {
    const sum = tf.tidy(() => weight.mul(tf.linspace(0, 1, WIDTH).reshape(weight.shape)).sum());
    const losses = history.steps.map(({ loss }) => loss);
    console.log(JSON.stringify({ stopped, losses, sum: sum.dataSync()[0] }));
  },
  (error) => {
    console.error(`${error.name}: ${error.message}`);
    process.exit(1);
  },
);
