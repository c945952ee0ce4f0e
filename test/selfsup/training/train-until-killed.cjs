// Run by killed-run.test.ts: trains, with a checkpoint every fifth step, and dies by SIGKILL in the step it is told.
const { AdamW, RandomStream, tf, train, trainingStep } = require('selfsup');

const [file, killAfter] = process.argv.slice(2);

const weight = tf.variable(tf.tensor2d([[0.3], [-0.2]]));
const optimizer = new AdamW([weight]);
const step = trainingStep([weight, ...optimizer.weights], ({ rows, seed, learningRate }) => {
  const target = new RandomStream(seed).normal([4, 1]);
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
    batch: (indices) => ({ rows: tf.tensor2d(Array.from(indices, (i) => [1, i])) }),
  },
  batchSize: 4,
  steps: 17,
  learningRate: 0.05,
  seed: 3,
  checkpoint: { file, everySteps: 5 },
  resume: true,
  onStep: (record) => {
    if (record.step === Number(killAfter)) process.kill(process.pid, 'SIGKILL');
  },
}).then(({ history, stepsDone }) => {
  const losses = history.steps.map(({ loss }) => loss);
  console.log(JSON.stringify({ stepsDone, losses, weight: [...weight.dataSync()] }));
});
