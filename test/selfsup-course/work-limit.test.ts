import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Trains six steps in a process with the variable; gives how many losses differ from the one before, and the number of records. */
function run(most: string): string {
  const script = `
    const { tf, train, trainingStep } = require('selfsup');
    require('selfsup-course');
    const weight = tf.variable(tf.scalar(1));
    const step = trainingStep(() => {
      weight.assign(weight.mul(0.5));
      return { loss: weight.clone() };
    });
    const data = { size: 4, batch: () => ({ rows: tf.ones([2]) }) };
    train({ step, data, batchSize: 2, steps: 6, learningRate: 1, compile: false }).then(({ history }) => {
      console.log(JSON.stringify(history.steps.map(({ loss }) => loss)));
    });`;
  return execFileSync(process.execPath, ['-e', script], {
    cwd: path.join(root, 'notebooks'),
    encoding: 'utf8',
    env: { ...process.env, SELFSUP_MAX_STEPS: most },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

describe('SELFSUP_MAX_STEPS', () => {
  it('caps the computed steps of each training', () => {
    expect(JSON.parse(run('2'))).toEqual([0.5, 0.25, 0.25, 0.25, 0.25, 0.25]);
    expect(JSON.parse(run(''))).toEqual([0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625]);
  });

  it('is refused with a sentence when it is no number of steps', () => {
    expect(() => run('many')).toThrow(
      /SELFSUP_MAX_STEPS is "many"; expected a whole number of at least 1/,
    );
  });
}, 120_000);
