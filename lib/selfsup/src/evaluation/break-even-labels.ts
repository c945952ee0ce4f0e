import { InvalidArgumentError } from '../runtime/errors';

/** Two learning curves over the same numbers of labels. */
export interface BreakEvenOptions {
  /** Numbers of labels, ascending, all above 0. */
  readonly labels: readonly number[];
  /** What pre-training and these labels reach; more is better (an accuracy, say). */
  readonly pretrained: readonly number[];
  /** What these labels alone reach. */
  readonly fromScratch: readonly number[];
}

/**
 * The number of labels at which pre-training stops paying: where the curve of the pre-trained model first comes down to
 * the other one, going from few labels to many. Between two measured numbers of labels `n` and `m`, at which it is
 * ahead by `g` and behind by `b`, both curves are taken as straight over a logarithmic axis, which puts the crossing at
 *
 * ```
 * n · (m / n)^(g / (g + b))
 * ```
 *
 * @returns `Infinity` where pre-training is ahead at all numbers of labels measured, 0 where it is not ahead even at the
 *   smallest.
 * @throws InvalidArgumentError when lengths differ, there is no point, a value is not finite, or the numbers of labels
 *   do not ascend from above 0.
 * @see Zoph et al., "Rethinking Pre-training and Self-training", 2020, arXiv:2006.06882, on pre-training that pays with
 *   few labels and stops paying with many.
 * @example
 * breakEvenLabels({ labels: [100, 10_000], pretrained: [0.5, 0.6], fromScratch: [0.4, 0.7] }); // 1000
 */
export function breakEvenLabels({ labels, pretrained, fromScratch }: BreakEvenOptions): number {
  assertCurves(labels, pretrained, fromScratch);
  const gain = (index: number) => (pretrained[index] as number) - (fromScratch[index] as number);
  for (let index = 0; index < labels.length; index++) {
    const behind = -gain(index);
    if (behind < 0) continue;
    if (index === 0) return 0;
    const [fewer, more] = [labels[index - 1] as number, labels[index] as number];
    const ahead = gain(index - 1);
    return fewer * (more / fewer) ** (ahead / (ahead + behind));
  }
  return Number.POSITIVE_INFINITY;
}

function assertCurves(
  labels: readonly number[],
  pretrained: readonly number[],
  fromScratch: readonly number[],
): void {
  const refuse = (given: string, expected: string): never => {
    throw new InvalidArgumentError(`breakEvenLabels: ${given}; expected ${expected}.`);
  };
  if (labels.length === 0) refuse('there are no numbers of labels', 'at least one');
  if (pretrained.length !== labels.length || fromScratch.length !== labels.length) {
    refuse(
      `${labels.length} numbers of labels, ${pretrained.length} values with pre-training and ${fromScratch.length} from scratch`,
      'as many of each',
    );
  }
  const unfit = [...labels, ...pretrained, ...fromScratch].find((value) => !Number.isFinite(value));
  if (unfit !== undefined) refuse(`one of the values is ${unfit}`, 'finite numbers');
  for (const [index, value] of labels.entries()) {
    const before = index === 0 ? 0 : (labels[index - 1] as number);
    if (value <= before) {
      refuse(
        `the numbers of labels are [${labels.join(', ')}]`,
        'numbers above 0, each larger than the one before it. Sort the points by their number of labels',
      );
    }
  }
}
