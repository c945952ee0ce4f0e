import { type Figure, heatmap } from '../plots';
import { InvalidArgumentError } from '../runtime/errors';
import type { Accuracy } from './accuracy';

/** One kind of mistake. */
export interface Confusion {
  /** Name of the true class. */
  readonly truth: string;
  /** Name of the class predicted instead. */
  readonly predicted: string;
  readonly count: number;
  /** The count divided by the number of cases of the true class. */
  readonly share: number;
}

/** Which class is taken for which. */
export interface ConfusionMatrix {
  readonly classNames: readonly string[];
  /** `counts[truth][predicted]`: each row is a true class, each column a predicted one. */
  readonly counts: readonly (readonly number[])[];
  /** Share of the cases on the diagonal. */
  readonly accuracy: Accuracy;
  /** Of the cases of a class, the share that is found; NaN for a class without cases. */
  readonly recall: readonly number[];
  /** Of the cases said to be of a class, the share that is; NaN for a class never predicted. */
  readonly precision: readonly number[];
  /** Mean of the recalls of the classes that have cases, which common classes do not dominate. */
  readonly balancedAccuracy: number;
  /** The kinds of mistakes that occur, the most frequent first. */
  readonly confusions: readonly Confusion[];
}

/**
 * Counts how often each class is predicted for each true class.
 *
 * @param truth Right classes, whole numbers from 0.
 * @param predicted Predicted classes of the same cases, in the same order.
 * @param classNames One name for each class.
 * @throws InvalidArgumentError when lengths differ, there are no cases, or a class has no name.
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classNames: readonly string[],
): ConfusionMatrix {
  if (truth.length !== predicted.length || truth.length === 0) {
    throw new InvalidArgumentError(
      `confusionMatrix: ${truth.length} true and ${predicted.length} predicted classes; expected as many of both, and ` +
        'at least one. Predict for the data set the labels come from.',
    );
  }
  const classes = classNames.length;
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    const [row, column] = [truth[i] as number, predicted[i] as number];
    for (const [what, value] of [
      ['true', row],
      ['predicted', column],
    ] as const) {
      if (!Number.isInteger(value) || value < 0 || value >= classes) {
        throw new InvalidArgumentError(
          `confusionMatrix: the ${what} class of case ${i} is ${value}; expected a whole number from 0 to ` +
            `${classes - 1}, since ${classes} class names are given.`,
        );
      }
    }
    (counts[row] as number[])[column] = (counts[row]?.[column] as number) + 1;
  }
  const diagonal = counts.map((row, index) => row[index] as number);
  const ofTruth = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const ofPrediction = classNames.map((_, column) =>
    counts.reduce((sum, row) => sum + (row[column] as number), 0),
  );
  const correct = diagonal.reduce((sum, count) => sum + count, 0);
  const recall = diagonal.map((count, index) => count / (ofTruth[index] as number));
  const known = recall.filter((share) => !Number.isNaN(share));
  return {
    classNames: [...classNames],
    counts,
    accuracy: { accuracy: correct / truth.length, n: truth.length },
    recall,
    precision: diagonal.map((count, index) => count / (ofPrediction[index] as number)),
    balancedAccuracy: known.reduce((sum, share) => sum + share, 0) / known.length,
    confusions: counts
      .flatMap((row, index) =>
        row.map((count, column) => ({
          truth: classNames[index] as string,
          predicted: classNames[column] as string,
          count: index === column ? 0 : count,
          share: count / (ofTruth[index] as number),
        })),
      )
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count),
  };
}

/** Options of {@link confusionMatrixFigure}. */
export interface ConfusionMatrixFigureOptions {
  readonly title: string;
  /** The text alternative. Default: accuracy and the three most frequent mistakes. */
  readonly description?: string;
}

/**
 * The matrix as a heat map of percentages of each true class: every row sums to 100, and the diagonal holds the recalls.
 * Rows of classes without cases are left empty.
 */
export function confusionMatrixFigure(
  { counts, classNames, accuracy, confusions }: ConfusionMatrix,
  { title, description }: ConfusionMatrixFigureOptions,
): Figure {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const mistakes = confusions
    .slice(0, 3)
    .map(
      (one) => `${one.truth} taken for ${one.predicted} (${percent(one.share)} of ${one.truth})`,
    );
  return heatmap({
    title,
    description:
      description ??
      `Rows: true class, columns: predicted class. ${percent(accuracy.accuracy)} of ${accuracy.n} are right. ` +
        (mistakes.length > 0 ? `Most frequent mistakes: ${mistakes.join(', ')}.` : 'No mistake.'),
    values: counts.map((row) => {
      const total = row.reduce((sum, count) => sum + count, 0);
      return row.map((count) => (100 * count) / total);
    }),
    xLabel: 'predicted class',
    yLabel: 'true class',
    valueLabel: '% of the true class',
    rowLabels: classNames,
    columnLabels: classNames,
    domain: [0, 100],
    valueFormat: classNames.length <= 12 ? '.0f' : '',
  });
}
