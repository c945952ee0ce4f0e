import { breakEvenLabels } from 'selfsup';
import { attemptNumber } from './attempt';
import { Finding, number, type Property } from './judge';

/** A learner's answer to where pre-training stops paying, from two curves over the same numbers of labels. */
export type LearnerBreakEven = (
  labels: number[],
  pretrained: number[],
  fromScratch: number[],
) => unknown;

interface Curves {
  readonly labels: readonly number[];
  readonly pretrained: readonly number[];
  readonly fromScratch: readonly number[];
}

const AHEAD: Curves = {
  labels: [10, 100, 1000],
  pretrained: [0.5, 0.6, 0.71],
  fromScratch: [0.3, 0.5, 0.7],
};
const BEHIND: Curves = {
  labels: [10, 100, 1000],
  pretrained: [0.3, 0.4, 0.5],
  fromScratch: [0.4, 0.6, 0.8],
};
const MIDWAY: Curves = {
  labels: [100, 10_000],
  pretrained: [0.5, 0.6],
  fromScratch: [0.4, 0.7],
};
const UNEVEN: Curves = {
  labels: [10, 100, 1000, 10_000],
  pretrained: [0.5, 0.6, 0.65, 0.68],
  fromScratch: [0.2, 0.4, 0.6, 0.78],
};
const TOUCHING: Curves = {
  labels: [10, 100, 1000],
  pretrained: [0.5, 0.6, 0.7],
  fromScratch: [0.4, 0.6, 0.8],
};
const TWICE: Curves = {
  labels: [10, 100, 1000, 10_000],
  pretrained: [0.5, 0.5, 0.7, 0.7],
  fromScratch: [0.4, 0.6, 0.6, 0.8],
};

function written({ labels, pretrained, fromScratch }: Curves): string {
  return `with labels [${labels.join(', ')}], pretrained [${pretrained.join(', ')}] and fromScratch [${fromScratch.join(', ')}]`;
}

function answerOf(learner: LearnerBreakEven, curves: Curves): number {
  const { labels, pretrained, fromScratch } = curves;
  const occasion = written(curves);
  return attemptNumber(
    () => learner([...labels], [...pretrained], [...fromScratch]),
    occasion,
    'a number of labels, Infinity or 0',
  );
}

/** Why a crossing between two measured points was missed. */
function mistaken(curves: Curves, found: number, expected: number): string {
  const { labels, pretrained, fromScratch } = curves;
  const after = labels.findIndex((value) => value >= expected);
  const [fewer, more] = [labels[after - 1] as number, labels[after] as number];
  const gain = (index: number) => (pretrained[index] as number) - (fromScratch[index] as number);
  const share = gain(after - 1) / (gain(after - 1) - gain(after));
  if (Math.abs(found - (fewer + share * (more - fewer))) < 1e-3 * found) {
    return 'That is where the curves cross over a linear axis. Interpolate the logarithms of the labels, then take the exponential.';
  }
  if (found === fewer || found === more) {
    return `That is a measured point; the curves cross between ${fewer} and ${more}. Interpolate.`;
  }
  return `The gains there are ${number(gain(after - 1))} at ${fewer} and ${number(gain(after))} at ${more}: how far along is 0?`;
}

function requireCrossing(learner: LearnerBreakEven, curves: Curves): void {
  const [found, expected] = [answerOf(learner, curves), breakEvenLabels(curves)];
  if (Math.abs(found - expected) <= 1e-4 * expected) return;
  throw new Finding(
    `When called ${written(curves)}, it returned ${number(found)}; expected ${number(expected)}. ` +
      mistaken(curves, found, expected),
  );
}

/** What the number of labels at which pre-training stops paying must satisfy. */
export const BREAK_EVEN_PROPERTIES: readonly Property<LearnerBreakEven>[] = [
  {
    name: 'returns a number',
    examine: (learner) => {
      for (const curves of [AHEAD, BEHIND, MIDWAY, UNEVEN, TOUCHING, TWICE]) {
        answerOf(learner, curves);
      }
    },
  },
  {
    name: 'says Infinity where pre-training pays as far as was measured',
    examine: (learner) => {
      const found = answerOf(learner, AHEAD);
      if (found === Number.POSITIVE_INFINITY) return;
      throw new Finding(
        `When called ${written(AHEAD)}, it returned ${number(found)}; expected Infinity: pre-training is ahead at every ` +
          'point, and where it would stop beyond them was not measured.',
      );
    },
  },
  {
    name: 'says 0 where it never pays',
    examine: (learner) => {
      const found = answerOf(learner, BEHIND);
      if (found === 0) return;
      throw new Finding(
        `When called ${written(BEHIND)}, it returned ${number(found)}; expected 0: pre-training is behind even with the ` +
          'fewest labels.',
      );
    },
  },
  {
    name: 'finds the crossing over a logarithmic axis',
    examine: (learner) => {
      for (const curves of [MIDWAY, UNEVEN, TOUCHING]) requireCrossing(learner, curves);
    },
  },
  {
    name: 'takes the first of several crossings',
    examine: (learner) => requireCrossing(learner, TWICE),
  },
];
