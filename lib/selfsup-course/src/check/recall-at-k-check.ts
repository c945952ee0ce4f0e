import { RandomGenerator } from 'selfsup';
import { attemptShare } from './attempt';
import type { Property } from './judge';
import { type Mistake, near, requireRight, returned } from './require-right';

/**
 * A learner's recall@k: `similarities[q][c]` of query `q` and candidate `c`; a candidate is right for a query when both have
 * the same caption.
 */
export type LearnerRecallAtK = (
  similarities: readonly (readonly number[])[],
  queryCaptions: readonly number[],
  candidateCaptions: readonly number[],
  k: number,
) => unknown;

interface Case {
  readonly name: string;
  readonly similarities: readonly (readonly number[])[];
  readonly queries: readonly number[];
  readonly candidates: readonly number[];
}

/** Similarities without order: a permutation of 1, 2, … in each row, divided by the number of candidates. */
function caseOf(name: string, queries: number[], candidates: number[]): Case {
  const random = new RandomGenerator(queries.length, candidates.length);
  const similarities = queries.map(() =>
    random
      .shuffle(candidates.map((_, rank) => rank + 1))
      .map((rank) => rank / candidates.length - 0.5),
  );
  return { name, similarities, queries, candidates };
}

const cycle = (length: number, captions: number) =>
  Array.from({ length }, (_, place) => place % captions);

// So many queries that two ways of counting hardly ever give the same number.
const ONE = caseOf(
  '97 queries and 11 candidates, one right answer each',
  cycle(97, 11),
  [3, 1, 0, 2, 7, 10, 6, 5, 9, 4, 8],
);
const MANY = caseOf(
  '97 queries and 12 candidates, three right answers each',
  cycle(97, 4),
  [0, 1, 2, 3, 0, 2, 1, 3, 1, 0, 3, 2],
);

/** The ways in which recall@k can be counted; each value is what one query adds. */
type Count = (rightAnswers: readonly boolean[], k: number) => number;

const hits = (right: readonly boolean[], k: number) => right.slice(0, k).filter(Boolean).length;
const recall: Count = (right, k) => Math.min(1, hits(right, k));

/** What else a query may be worth. */
const MISCOUNTS: readonly { readonly count: Count; readonly says: string }[] = [
  {
    count: (right, k) => hits(right, k) / right.filter(Boolean).length,
    says: 'That is the share of the right answers that were found; a query counts as soon as one of them is among the first k.',
  },
  {
    count: (right, k) => hits(right, k) / k,
    says: 'That is precision@k, the share of the first k that is right; a query counts as soon as one of them is.',
  },
  {
    count: (right, k) => hits(right, k),
    says: 'That counts every right answer among the first k; a query counts once at most.',
  },
  {
    count: (right, k) => recall(right, k - 1),
    says: 'That looks at one candidate too few: the first k include the k-th.',
  },
  {
    count: (right, k) => recall(right, k + 1),
    says: 'That looks at one candidate too many: of ranks counted from 0, the first k are those below k.',
  },
  {
    count: (right, k) => recall([...right].reverse(), k),
    says: 'That looks at the least similar candidates: sort in descending order.',
  },
  {
    count: (right, k) => 100 * recall(right, k),
    says: 'That is in percent; return a share from 0 to 1.',
  },
];

/** Mean over the queries of what each adds. */
function counted({ similarities, queries, candidates }: Case, k: number, count: Count): number {
  const all = queries.map((caption, q) => {
    const row = similarities[q] as readonly number[];
    const order = candidates
      .map((_, c) => c)
      .sort((a, b) => (row[b] as number) - (row[a] as number));
    return count(
      order.map((c) => candidates[c] === caption),
      k,
    );
  });
  return all.reduce((sum, one) => sum + one, 0) / all.length;
}

/** The share of queries that have a right answer among their k most similar candidates. */
export const recallAtK = (
  similarities: Case['similarities'],
  queries: readonly number[],
  candidates: readonly number[],
  k: number,
): number => counted({ name: '', similarities, queries, candidates }, k, recall);

/** Takes only the first candidate with the caption for right, as `indexOf` finds it. */
function firstOnly({ candidates, ...rest }: Case): Case {
  const first = candidates.map((caption, c) => (candidates.indexOf(caption) === c ? caption : -1));
  return { ...rest, candidates: first };
}

function shareOf(learner: LearnerRecallAtK, one: Case, k: number): number {
  // Copies: a learner may sort what is given.
  const rows = one.similarities.map((row) => [...row]);
  return attemptShare(
    () => learner(rows, [...one.queries], [...one.candidates], k),
    `with ${one.name}, k = ${k}`,
  );
}

/** A case, and how many candidates are looked at. */
interface Question {
  readonly one: Case;
  readonly k: number;
}

const MISTAKES: readonly Mistake<Question>[] = [
  {
    instead: ({ one, k }) => counted(firstOnly(one), k, recall),
    says: 'That takes only the first candidate with the caption for right; several have it, and any of them will do.',
  },
  {
    instead: ({ one, k }) => one.queries.length * counted(one, k, recall),
    says: 'That is the number of queries; divide by how many there are.',
  },
  ...MISCOUNTS.map(({ count, says }) => ({
    instead: ({ one, k }: Question) => counted(one, k, count),
    says,
  })),
];

/** Compares with the definition for every k. */
function compare(learner: LearnerRecallAtK, one: Case, ks: readonly number[]): void {
  requireRight({
    cases: ks.map((k) => ({ one, k })),
    found: ({ k }) => shareOf(learner, one, k),
    right: ({ k }) => counted(one, k, recall),
    same: near(1e-6),
    mistakes: MISTAKES,
    story: ({ k }, ...values) => returned(`with ${one.name}, k = ${k}`, ...values),
    hint: 'Sort the candidates of one query by similarity and look at the first k captions by hand.',
  });
}

/** What recall@k must satisfy. */
export const RECALL_AT_K_PROPERTIES: readonly Property<LearnerRecallAtK>[] = [
  {
    name: 'counts queries whose right answer is among the first k',
    examine: (learner) => compare(learner, ONE, [2, 1, 5, 3]),
  },
  {
    name: 'counts a query once when several answers are right',
    examine: (learner) => compare(learner, MANY, [2, 4, 1, 3]),
  },
  {
    name: 'is 1 when every candidate is looked at',
    examine: (learner) => {
      compare(learner, ONE, [11]);
      compare(learner, MANY, [12]);
    },
  },
];
