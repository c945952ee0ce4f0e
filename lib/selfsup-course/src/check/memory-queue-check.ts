import { tf } from 'selfsup';
import { attemptTensor, requireTidy } from './attempt';
import { Finding, type Property } from './judge';

/** A learner's queue: `[K, d]` keys, newest first, and a batch `[N, d]`, to the next `[K, d]`. */
export type LearnerEnqueue = (queue: tf.Tensor2D, keys: tf.Tensor2D) => unknown;

/** Keys that can be told apart: key number 7 is [7, 0.5]. */
const numbered = (numbers: readonly number[]): tf.Tensor2D =>
  tf.tensor2d(
    numbers.map((one) => [one, 0.5]),
    [numbers.length, 2],
  );

/** Enqueues batch after batch and reads which keys are left, in order. */
function after(
  learner: LearnerEnqueue,
  start: readonly number[],
  batches: readonly (readonly number[])[],
): number[] {
  let queue = numbered(start);
  for (const batch of batches) {
    const occasion = `with a queue of ${start.length} keys and a batch of ${batch.length}`;
    const result = attemptTensor(() => learner(queue, numbered(batch)), occasion, queue.shape);
    if (result.shape.join() !== queue.shape.join()) {
      const grown = result.shape[0] === start.length + batch.length;
      throw new Finding(
        `When called ${occasion}, it returned shape [${result.shape.join(', ')}]; expected [${queue.shape.join(', ')}]. ` +
          (grown
            ? 'The batch is in, but nothing went out: drop as many of the oldest.'
            : 'A queue never changes its size.'),
      );
    }
    queue = result as tf.Tensor2D;
  }
  return (queue.arraySync() as number[][]).map(([one]) => Math.round(one as number));
}

function requireKeys(found: readonly number[], expected: readonly number[], story: string): void {
  if (found.join() === expected.join()) return;
  const missing = expected.filter((one) => !found.includes(one));
  const advice =
    [...found].sort().join() === [...expected].sort().join()
      ? 'These are the right keys in another order: the newest batch comes first, in its own order.'
      : missing.length > 0
        ? `Missing: ${missing.join(', ')}. The oldest keys leave, those at the end; younger ones stay.`
        : 'A key is there more than once.';
  throw new Finding(
    `${story} it holds keys ${found.join(', ')}; expected ${expected.join(', ')}. ${advice}`,
  );
}

/** What a memory queue must satisfy. */
export const MEMORY_QUEUE_PROPERTIES: readonly Property<LearnerEnqueue>[] = [
  {
    name: 'keeps its size',
    examine: (learner) => {
      after(learner, [1, 2, 3, 4, 5, 6], [[11, 12]]);
      after(learner, [1, 2, 3], [[11, 12, 13]]);
    },
  },
  {
    name: 'takes the new keys in front',
    examine: (learner) => {
      const found = after(learner, [1, 2, 3, 4, 5, 6], [[11, 12]]);
      if (found.slice(-2).join() === '11,12') {
        throw new Finding(
          `After keys 11 and 12 it holds keys ${found.join(', ')}: the new keys are at its end. Put them in front: ` +
            '[keys, rest of the queue].',
        );
      }
      requireKeys(found.slice(0, 2), [11, 12], 'After keys 11 and 12, at its front');
    },
  },
  {
    name: 'drops the oldest keys',
    examine: (learner) => {
      const found = after(learner, [1, 2, 3, 4, 5, 6], [[11, 12]]);
      requireKeys(found, [11, 12, 1, 2, 3, 4], 'After keys 11 and 12 came to 1 … 6,');
    },
  },
  {
    name: 'holds the last K keys after several batches',
    examine: (learner) => {
      const batches = [
        [11, 12],
        [21, 22],
        [31, 32],
        [41, 42],
      ];
      const found = after(learner, [1, 2, 3, 4, 5], batches);
      requireKeys(found, [41, 42, 31, 32, 21], 'After four batches of two,');
    },
  },
  {
    name: 'leaves the queue it is given alone, and tidies its tensors',
    examine: (learner) => {
      const [queue, keys] = [numbered([1, 2, 3, 4]), numbered([11, 12])];
      requireTidy(() => learner(queue, keys));
    },
  },
];
