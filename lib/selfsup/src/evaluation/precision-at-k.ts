import { InvalidArgumentError } from '../runtime/errors';

/** Options of {@link precisionAtK}. */
export interface PrecisionAtKOptions {
  /** How many of the most similar others are looked at. */
  readonly k: number;
}

/**
 * Precision@k of a search among labelled pictures: of the `k` others most similar to a picture, the share that has its class,
 * averaged over the pictures of a class first and then over the classes, so that a large class does not decide. A picture
 * never counts as its own neighbour. A class with a single picture is left out, since nothing else could be found. Of equally
 * similar others those of another class come first: a tie counts against the model.
 *
 * @param similarities `similarities[i][j]`, the larger the more similar: `[n, n]`, as rows. The diagonal is not read.
 * @param labels Class of each picture, any numbers.
 * @returns A share from 0 to 1; what features without any order reach is about the mean over classes of
 *   `(pictures of the class − 1) / (n − 1)`.
 * @throws InvalidArgumentError when `similarities` is not square, has NaN in it, the number of labels differs, `k` is not between 1 and
 *   `n − 1`, or no class has two pictures.
 */
export function precisionAtK(
  similarities: readonly ArrayLike<number>[],
  labels: ArrayLike<number>,
  { k }: PrecisionAtKOptions,
): number {
  const n = similarities.length;
  assertSquare(similarities, labels.length);
  if (!(Number.isInteger(k) && k >= 1 && k < n)) {
    throw new InvalidArgumentError(
      `precisionAtK: k is ${k}; expected a whole number from 1 to ${n - 1}, the number of other pictures.`,
    );
  }
  const ofClass = new Map<number, { sum: number; count: number }>();
  for (let query = 0; query < n; query++) {
    const row = similarities[query] as ArrayLike<number>;
    const label = labels[query] as number;
    const isRight = (other: number) => Number(labels[other] === label);
    const others = Array.from(labels, (_, other) => other).filter((other) => other !== query);
    others.sort((a, b) => (row[b] as number) - (row[a] as number) || isRight(a) - isRight(b));
    const right = others.slice(0, k).filter(isRight).length;
    const { sum, count } = ofClass.get(label) ?? { sum: 0, count: 0 };
    ofClass.set(label, { sum: sum + right / k, count: count + 1 });
  }
  const means = [...ofClass.values()].filter(({ count }) => count > 1);
  if (means.length === 0) {
    throw new InvalidArgumentError(
      `precisionAtK: each of the ${ofClass.size} classes has one picture, so there is nothing to find; expected a class with two.`,
    );
  }
  return means.reduce((total, { sum, count }) => total + sum / count, 0) / means.length;
}

function assertSquare(similarities: readonly ArrayLike<number>[], labels: number): void {
  const n = similarities.length;
  if (labels !== n) {
    throw new InvalidArgumentError(
      `precisionAtK: ${n} rows of similarities but ${labels} labels; expected as many of both.`,
    );
  }
  for (const [i, row] of similarities.entries()) {
    if (row.length !== n) {
      throw new InvalidArgumentError(
        `precisionAtK: row ${i} has ${row.length} similarities; expected ${n}, one for each picture.`,
      );
    }
    for (let j = 0; j < n; j++) {
      if (i !== j && Number.isNaN(row[j])) {
        throw new InvalidArgumentError(
          `precisionAtK: the similarity of pictures ${i} and ${j} is NaN; expected numbers. Look at what made the features.`,
        );
      }
    }
  }
}
