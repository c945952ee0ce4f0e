// Run by signalled-process.test.ts: trains, with a checkpoint every fifth step, and sends itself a signal after a step.
const vm = require('node:vm');
const { AdamW, RandomStream, tf, train, trainingStep } = require('selfsup');

const [file, signalAfter, signal] = process.argv.slice(2);

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

const run = () =>
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
      if (record.step === Number(signalAfter)) process.kill(process.pid, signal);
    },
  });

const tell = ({ history, stepsDone, stopped }) => {
  const losses = history.steps.map(({ loss }) => loss);
  console.log(JSON.stringify({ stopped, stepsDone, losses, weight: [...weight.dataSync()] }));
};

// As a notebook's kernel does: a listener of its own, and cells that run in a vm which watches SIGINT.
process.on('SIGINT', () => console.log('The kernel has given the cell up.'));
globalThis.cell = { run, tell };
vm.runInThisContext('cell.run().then(cell.tell).finally(() => process.exit())', {
  breakOnSigint: true,
});
