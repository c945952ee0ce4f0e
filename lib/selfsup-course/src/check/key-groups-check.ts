import { tf } from 'selfsup';
import { attemptTensor, requireTidy } from './attempt';
import { Finding, type Property } from './judge';

/** A network whose batch normalization takes the rows of each call together. */
export type GroupNetwork = (images: tf.Tensor2D) => tf.Tensor2D;

/**
 * A learner's call of the key network, in groups of other rows than the query network's: `groups` runs of neighbours.
 */
export type LearnerKeyGroups = (
  network: GroupNetwork,
  batch: tf.Tensor2D,
  groups: number,
) => unknown;

const CASES = [
  { count: 8, groups: 2 },
  { count: 12, groups: 3 },
  { count: 24, groups: 4 },
] as const;

interface Observed {
  readonly result: tf.Tensor;
  /** Which rows each call of the network was given. */
  readonly calls: readonly (readonly number[])[];
  readonly occasion: string;
}

/** Calls the learner's function with a network that gives rows back unchanged and notes who came together. */
function observe(learner: LearnerKeyGroups, count: number, groups: number): Observed {
  const occasion = `with a batch of ${count} and ${groups} groups`;
  const calls: number[][] = [];
  const network: GroupNetwork = (images) => {
    calls.push(Array.from(images.slice([0, 0], [-1, 1]).dataSync()));
    return images.mul(1);
  };
  const batch = tf.tensor2d(Array.from({ length: count }, (_, row) => [row, 0.5]));
  const result = attemptTensor(() => learner(network, batch, groups), occasion, [count, 2]);
  return { result, calls, occasion };
}

/** How a key network must be called so that keys are normalised among strangers. */
export const KEY_GROUPS_PROPERTIES: readonly Property<LearnerKeyGroups>[] = [
  {
    name: 'calls the network on groups of equal size, every row once',
    examine: (learner) => {
      for (const { count, groups } of CASES) {
        const { calls, occasion } = observe(learner, count, groups);
        const sizes = calls.map((rows) => rows.length);
        const size = count / groups;
        if (calls.length !== groups || sizes.some((one) => one !== size)) {
          throw new Finding(
            `When called ${occasion}, it called the network on groups of ${sizes.join(', ') || 'nothing'}; expected ` +
              `${groups} calls with ${size} rows each. ` +
              (calls.length === 1
                ? 'Within one call all rows share their statistics, in whatever order they come.'
                : 'tf.split divides a tensor into equal parts.'),
          );
        }
        if (new Set(calls.flat()).size < count) {
          throw new Finding(
            `When called ${occasion}, some rows went to the network twice and others not at all.`,
          );
        }
      }
    },
  },
  {
    name: 'puts every row among strangers',
    examine: (learner) => {
      for (const { count, groups } of CASES) {
        const { calls, occasion } = observe(learner, count, groups);
        const size = count / groups;
        // Somebody has to sit next to a neighbour: `size` neighbours are dealt to `groups` tables.
        const allowed = Math.ceil(size / groups);
        for (const rows of calls) {
          const of = rows.map((row) => Math.floor(row / size));
          for (const home of of) {
            const together = of.filter((other) => other === home).length;
            if (together <= allowed) continue;
            throw new Finding(
              `When called ${occasion}, rows ${rows.join(', ')} went to the network together: ${together} of them are ` +
                `together in the query network’s group too, ${home * size} to ${home * size + size - 1}; expected at most ` +
                `${allowed}. Deal the rows to the groups like cards.`,
            );
          }
        }
      }
    },
  },
  {
    name: 'gives the results back in the order of the batch',
    examine: (learner) => {
      for (const { count, groups } of CASES) {
        const { result, occasion } = observe(learner, count, groups);
        if (result.shape.join() !== `${count},2`) {
          throw new Finding(
            `When called ${occasion}, it returned shape [${result.shape.join(', ')}]; expected [${count}, 2], all groups put together.`,
          );
        }
        const order = Array.from(result.slice([0, 0], [-1, 1]).dataSync());
        const wrong = order.findIndex((row, place) => row !== place);
        if (wrong >= 0) {
          throw new Finding(
            `When called ${occasion}, place ${wrong} of its result holds the key of row ${order[wrong]}: query ${wrong} ` +
              'would get another image’s key as its positive. Undo the deal after the network (dealing twice does not).',
          );
        }
      }
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const batch = tf.ones<tf.Rank.R2>([8, 2]);
      requireTidy(() => learner((images) => images.mul(1), batch, 2));
    },
  },
];
