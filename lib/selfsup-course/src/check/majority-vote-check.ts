import { attempt } from './attempt';
import { describe, Finding, type Property } from './judge';
import { type Mistake, near, requireRight, returned } from './require-right';

/** A learner's vote of neighbours: their labels, from the nearest to the farthest, to the label that wins. */
export type LearnerMajorityVote = (labels: number[]) => unknown;

type Labels = readonly number[];

const CLEAR: readonly Labels[] = [
  [3, 5, 5, 1, 5, 3],
  [2, 0, 2, 7, 7, 7, 0],
  [2, 0, 0, 7, 0, 2, 0],
  [9, 4, 8, 8, 6, 8, 4],
];
const TIED: readonly Labels[] = [
  [4, 2, 2, 6, 4, 6],
  [1, 8, 5, 5, 8, 1, 8, 5, 9],
  [7, 3, 3, 7],
  [6, 0, 9, 9, 0],
  [5, 2, 8],
];
const SINGLE: readonly Labels[] = [[4], [0], [9]];
const LARGE: readonly Labels[] = [
  [1203, 98_765, 98_765, 3, 1203, 98_765],
  [40_000, 70_001, 70_001, 40_000],
  [2, -7, -7],
];

/** How many neighbours have each label, in the order of the labels' first neighbours. */
function countsOf(labels: Labels): Map<number, number> {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** The labels that most neighbours have: several in a tie, the one whose first neighbour is nearest first. */
function winners(labels: Labels): number[] {
  const counts = countsOf(labels);
  const most = Math.max(...counts.values());
  return [...counts.keys()].filter((label) => counts.get(label) === most);
}
/** The label that most of them have; of several the first. */
export const majority = (labels: Labels) => winners(labels)[0] as number;
const mean = (labels: Labels) => labels.reduce((sum, label) => sum + label, 0) / labels.length;

/** The label that is first to have as many neighbours as the winners have in the end. */
function firstToReach(labels: Labels): number {
  const most = Math.max(...countsOf(labels).values());
  const reached = labels.findIndex(
    (label, i) => labels.slice(0, i + 1).filter((one) => one === label).length === most,
  );
  return labels[reached] as number;
}

const MISTAKES: readonly Mistake<Labels>[] = [
  {
    instead: (labels) => labels[0] as number,
    says: 'That is the label of the nearest neighbour alone: count how many have each label.',
  },
  {
    instead: (labels) => labels[labels.length - 1] as number,
    says: 'That is the label of the farthest neighbour: count how many have each label.',
  },
  {
    instead: (labels) => countsOf(labels).get(majority(labels)) as number,
    says: 'That is how many neighbours have the label; return the label.',
  },
  {
    instead: (labels) => (countsOf(labels).get(majority(labels)) as number) / labels.length,
    says: 'That is the share of neighbours that have the label; return the label.',
  },
  {
    instead: (labels) => labels.indexOf(majority(labels)),
    says: 'That is where the label stands in the list; return the label itself.',
  },
  {
    instead: (labels) => [...countsOf(labels).keys()].indexOf(majority(labels)),
    says: 'That is where the label stands among the different labels; return the label itself.',
  },
  {
    instead: mean,
    says: 'That is the mean of the labels. They are names, not quantities: between cat and dog there is no frog. Count them.',
  },
  {
    instead: (labels) => Math.round(mean(labels)),
    says: 'That is the mean of the labels, rounded. They are names, not quantities: between cat and dog there is no frog. Count them.',
  },
  {
    instead: (labels) => [...labels].sort((a, b) => a - b)[Math.floor(labels.length / 2)] as number,
    says: 'That is the median of the labels. They are names, not quantities: count them.',
  },
  {
    instead: (labels) => Math.max(...labels),
    says: 'That is the largest label: count how many have each label.',
  },
  {
    instead: (labels) => Math.min(...labels),
    says: 'That is the smallest label: count how many have each label.',
  },
  {
    instead: (labels) =>
      [...countsOf(labels)].reduce((least, one) => (one[1] < least[1] ? one : least))[0],
    says: 'That is the label the fewest have; take the one most have.',
  },
  {
    instead: (labels) => Math.min(...winners(labels)),
    says: 'Of labels that equally many have, that takes the smallest; take the one whose first neighbour is nearest. (An object and an array list their numbers in ascending order, a Map in the order in which they came.)',
  },
  {
    instead: (labels) => Math.max(...winners(labels)),
    says: 'Of labels that equally many have, that takes the largest; take the one whose first neighbour is nearest.',
  },
  {
    instead: firstToReach,
    says: 'Of labels that equally many have, that takes the one that is first to have so many; take the one whose first neighbour is nearest. Compare when all are counted.',
  },
  {
    instead: (labels) => winners(labels).at(-1) as number,
    says: 'Of labels that equally many have, that takes the one whose first neighbour is farthest: let a later one win only where it has more, not as many.',
  },
];

const written = (labels: Labels) => `[${labels.join(', ')}]`;

function voteOf(learner: LearnerMajorityVote, labels: Labels): number {
  const occasion = `with ${written(labels)}`;
  // A copy: a learner may sort what is given.
  const result = attempt(() => learner([...labels]), occasion, 'one of the labels, a number');
  if (typeof result === 'number' && !Number.isNaN(result)) return result;
  const returned = typeof result === 'string' ? `the text '${result}'` : describe(result);
  throw new Finding(
    `When called ${occasion}, it returned ${returned}; expected one of the labels, a number. ` +
      (typeof result === 'string'
        ? 'The keys of an object are texts: make it a number by Number(…), or count in a Map.'
        : ''),
  );
}

/** Compares with the definition on every list. */
function compare(learner: LearnerMajorityVote, lists: readonly Labels[], hint: string): void {
  requireRight({
    cases: lists,
    found: (labels) => voteOf(learner, labels),
    right: majority,
    same: near(1e-9),
    mistakes: MISTAKES,
    story: (labels, ...values) => returned(`with ${written(labels)}`, ...values),
    hint,
  });
}

/** What a majority vote must satisfy. */
export const MAJORITY_VOTE_PROPERTIES: readonly Property<LearnerMajorityVote>[] = [
  {
    name: 'returns one number',
    examine: (learner) => {
      for (const labels of CLEAR) voteOf(learner, labels);
    },
  },
  {
    name: 'is the label that most neighbours have',
    examine: (learner) =>
      compare(
        learner,
        CLEAR,
        'Count how many neighbours have each label, and take the label with the largest count.',
      ),
  },
  {
    name: 'lets the nearest decide between labels that equally many have',
    examine: (learner) =>
      compare(
        learner,
        TIED,
        'Of labels that equally many have, take the one whose first neighbour is nearest.',
      ),
  },
  {
    name: 'works with a single neighbour',
    examine: (learner) => compare(learner, SINGLE, 'A single neighbour decides alone.'),
  },
  {
    name: 'takes any numbers for labels',
    examine: (learner) =>
      compare(
        learner,
        LARGE,
        'Labels are any numbers, not only small ones: count in a Map, whose keys may be anything.',
      ),
  },
];
