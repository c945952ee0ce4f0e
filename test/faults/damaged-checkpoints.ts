import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type fc from 'fast-check';
import { CheckpointError, tf } from 'selfsup';
import { loadCheckpoint, saveCheckpoint } from '../../lib/selfsup/dist/training/files/checkpoint';
import { type Damage, damaged, damages } from './byte-damage';
import { type Campaign, failingOnlyWith, Loss } from './campaign';

const IDENTITY = { seed: 3, batchSize: 4, examples: 20 };
const PROGRESS = {
  stepsDone: 7,
  history: { steps: [{ step: 7, loss: 0.25, learningRate: 0.1 }], epochs: [], diagnostics: [] },
};

/** Cut and altered checkpoints: refused in a sentence, and every variable keeps its value. */
export const damagedCheckpoints: Campaign<Damage[]> = {
  kind: 'checkpoints',
  title: 'checkpoints cut and altered',
  share: 1,
  atOnce: 25,
  faults: damages as fc.Arbitrary<Damage[]>,
  prepare: async ({ folder }) => {
    const file = join(folder, 'run.safetensors');
    const make = (offset: number) => [
      tf.variable(
        tf.tensor2d([
          [1 + offset, 2],
          [3, 4],
        ]),
      ),
      tf.variable(tf.tensor1d([5 + offset, 6], 'int32')),
      tf.variable(tf.fill([50], offset)),
    ];
    const saved = make(0);
    const state = (variables: tf.Variable[]) =>
      JSON.stringify(variables.map((v) => [...v.dataSync()]));
    await saveCheckpoint(file, IDENTITY, PROGRESS as never, saved);
    const whole = readFileSync(file);
    const target = make(100);
    const before = state(target);
    return {
      inflict: async (list) => {
        const bytes = damaged(whole, list);
        writeFileSync(file, bytes);
        const tensors = tf.memory().numTensors;
        const { error } = await failingOnlyWith(CheckpointError, () =>
          loadCheckpoint(file, IDENTITY, target),
        );
        if (tf.memory().numTensors !== tensors) throw new Loss('tensors are left');
        if (error !== undefined) {
          if (state(target) !== before) throw new Loss('a refused file changed variables');
        } else {
          if (state(target) !== state(saved)) throw new Loss('an altered file was taken for whole');
          for (const [i, variable] of target.entries()) {
            const fresh = make(100);
            variable.assign(fresh[i] as tf.Variable);
            for (const one of fresh) one.dispose();
          }
        }
        return undefined;
      },
      end: async () => {
        for (const variable of [...saved, ...target]) variable.dispose();
      },
    };
  },
};
