import { check, type LearnerMajorityVote } from 'selfsup-course';
import { describeCheck } from './describe-check';

const count = (labels: readonly number[], label: number) =>
  labels.filter((one) => one === label).length;
const most = (labels: readonly number[]) =>
  Math.max(...labels.map((label) => count(labels, label)));
/** Each label that most have, once, in the order of their first neighbours. */
const winners = (labels: readonly number[]) =>
  [...new Set(labels)].filter((label) => count(labels, label) === most(labels));
const vote = (labels: readonly number[]) => winners(labels)[0] as number;
const mean = (labels: readonly number[]) =>
  labels.reduce((sum, label) => sum + label, 0) / labels.length;

const FIRST = 'returns one number';
const MOST = 'is the label that most neighbours have';
const TIES = 'lets the nearest decide between labels that equally many have';

describeCheck<LearnerMajorityVote>(
  'check.majorityVote',
  check.majorityVote,
  [
    ['looks for the first label with the largest count', vote],
    [
      'counts in a Map',
      (labels) => {
        const counts = new Map<number, number>();
        for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
        let [winner, votes] = [labels[0] as number, 0];
        for (const [label, own] of counts) if (own > votes) [winner, votes] = [label, own];
        return winner;
      },
    ],
    [
      'sorts, in place',
      (labels) => {
        const given = [...labels];
        return labels.sort((a, b) => count(given, b) - count(given, a))[0];
      },
    ],
  ],
  [
    ['takes the nearest', (labels) => labels[0], MOST, /nearest neighbour alone/],
    ['takes the farthest', (labels) => labels.at(-1), MOST, /farthest neighbour/],
    ['returns the count', most, MOST, /returned 3; expected 5\. That is how many neighbours/],
    ['returns the share', (labels) => most(labels) / labels.length, MOST, /share of neighbours/],
    ['returns the place', (labels) => labels.indexOf(vote(labels)), MOST, /stands in the list/],
    [
      'returns the place among the labels',
      (labels) => [...new Set(labels)].indexOf(vote(labels)),
      MOST,
      /among the different labels/,
    ],
    ['returns the mean', mean, MOST, /mean of the labels\. They are names/],
    ['returns the rounded mean', (labels) => Math.round(mean(labels)), MOST, /mean .* rounded/],
    [
      'returns the median',
      (labels) => labels.sort((a, b) => a - b)[Math.floor(labels.length / 2)],
      MOST,
      /median of the labels/,
    ],
    ['returns the largest', (labels) => Math.max(...labels), MOST, /That is the largest label/],
    ['returns the smallest', (labels) => Math.min(...labels), MOST, /That is the smallest label/],
    [
      'returns the rarest',
      (labels) => [...new Set(labels)].sort((a, b) => count(labels, a) - count(labels, b))[0],
      MOST,
      /label the fewest have/,
    ],
    [
      'returns the smallest of a tie',
      (labels) => Math.min(...winners(labels)),
      TIES,
      /with \[4, 2, 2, 6, 4, 6\], it returned 2; expected 4\. .*takes the smallest/,
    ],
    [
      'returns the largest of a tie',
      (labels) => Math.max(...winners(labels)),
      TIES,
      /takes the largest/,
    ],
    [
      'compares while it counts',
      (labels) => {
        const counts = new Map<number, number>();
        let winner = labels[0] as number;
        for (const label of labels) {
          counts.set(label, (counts.get(label) ?? 0) + 1);
          if ((counts.get(label) as number) > (counts.get(winner) as number)) winner = label;
        }
        return winner;
      },
      TIES,
      /first to have so many/,
    ],
    [
      'lets a later one win a tie',
      (labels) => winners(labels).at(-1),
      TIES,
      /whose first neighbour is farthest: let a later one win only/,
    ],
    [
      'wants two neighbours',
      (labels) => (labels.length < 2 ? -1 : vote(labels)),
      'works with a single neighbour',
      /with \[4\], it returned -1; expected 4/,
    ],
    [
      'counts in ten places',
      (labels) => {
        const known = labels.filter((label) => label >= 0 && label < 10);
        return known.length === 0 ? 0 : vote(known);
      },
      'takes any numbers for labels',
      /it returned 3; expected 98765\. .*count in a Map/,
    ],
    [
      'returns a key',
      (labels) => String(vote(labels)),
      FIRST,
      /returned the text '5'; .*Number\(…\)/,
    ],
    ['returns an array', winners, FIRST, /an array of 1 value; expected one of the labels/],
    ['returns NaN', () => Number.NaN, FIRST, /returned the number NaN/],
    [
      'throws',
      () => {
        throw new Error('no label');
      },
      FIRST,
      /it threw: no label/,
    ],
  ],
);
