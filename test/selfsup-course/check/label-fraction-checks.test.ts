import { breakEvenLabels, SeedSummary, tf } from 'selfsup';
import {
  check,
  type LearnerBreakEven,
  type LearnerMeanAndDeviation,
  type LearnerProbeGradients,
} from 'selfsup-course';
import { describeCheck } from './describe-check';

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const meanOf = (values: readonly number[]) => sum(values) / values.length;
const squares = (values: readonly number[]) =>
  sum(values.map((value) => (value - meanOf(values)) ** 2));
const withDeviation =
  (deviation: (values: readonly number[]) => unknown): LearnerMeanAndDeviation =>
  (values) => ({ mean: meanOf(values), deviation: deviation(values) });
const sample = (values: readonly number[]) => Math.sqrt(squares(values) / (values.length - 1));
const SPREAD = 'gives the sample standard deviation';

describeCheck<LearnerMeanAndDeviation>(
  'check.meanAndDeviation',
  check.meanAndDeviation,
  [
    ['is the formula', withDeviation(sample)],
    ['is the library’s', (values) => new SeedSummary([...values.keys()], values)],
  ],
  [
    [
      'divides by n',
      withDeviation((v) => Math.sqrt(squares(v) / v.length)),
      SPREAD,
      /divide by n − 1/,
    ],
    ['forgets the root', withDeviation((v) => squares(v) / (v.length - 1)), SPREAD, /square root/],
    [
      'divides by n and forgets the root',
      withDeviation((v) => squares(v) / v.length),
      SPREAD,
      /square root/,
    ],
    [
      'gives the standard error',
      withDeviation((v) => sample(v) / Math.sqrt(v.length)),
      SPREAD,
      /spread of single runs/,
    ],
    [
      'gives the range',
      withDeviation((v) => Math.max(...v) - Math.min(...v)),
      SPREAD,
      /grows with the number of seeds/,
    ],
    [
      'gives the mean absolute deviation',
      withDeviation((v) => meanOf(v.map((value) => Math.abs(value - meanOf(v))))),
      SPREAD,
      /root of Σ/,
    ],
    [
      'adds up without dividing',
      (values) => ({ mean: sum(values), deviation: sample(values) }),
      'gives the mean',
      /the mean 40; expected 5/,
    ],
    [
      'says a single run has no spread',
      withDeviation((v) => (v.length < 2 ? 0 : sample(v))),
      'claims no spread from a single value',
      /expected NaN/,
    ],
    [
      'returns the mean alone',
      meanOf as LearnerMeanAndDeviation,
      'returns a mean and a deviation',
      /the number 5; expected \{ mean, deviation \}/,
    ],
  ],
);

/** The first crossing, interpolated by `between`, which is given two numbers of labels and the share of the way. */
const crossing =
  (between: (fewer: number, more: number, share: number) => number): LearnerBreakEven =>
  (labels, pretrained, fromScratch) => {
    const gains = labels.map((_, i) => (pretrained[i] as number) - (fromScratch[i] as number));
    const after = gains.findIndex((gain) => gain <= 0);
    if (after < 0) return Number.POSITIVE_INFINITY;
    if (after === 0) return 0;
    const [ahead, behind] = [gains[after - 1] as number, gains[after] as number];
    const share = ahead / (ahead - behind);
    return between(labels[after - 1] as number, labels[after] as number, share);
  };
const logarithmic = (fewer: number, more: number, share: number) =>
  Math.exp(Math.log(fewer) + share * (Math.log(more) - Math.log(fewer)));
const CROSSING = 'finds the crossing over a logarithmic axis';

describeCheck<LearnerBreakEven>(
  'check.breakEven',
  check.breakEven,
  [
    ['interpolates logarithms', crossing(logarithmic)],
    [
      'is the library’s',
      (labels, pretrained, fromScratch) => breakEvenLabels({ labels, pretrained, fromScratch }),
    ],
  ],
  [
    [
      'interpolates over a linear axis',
      crossing((fewer, more, share) => fewer + share * (more - fewer)),
      CROSSING,
      /over a linear axis/,
    ],
    ['takes the next measured point', crossing((_, more) => more), CROSSING, /measured point/],
    ['goes half the way', crossing((a, b) => Math.sqrt(a * b)), CROSSING, /how far along/],
    [
      'takes the last crossing',
      (labels, pretrained, fromScratch) => {
        const ahead = labels.map((_, i) => (pretrained[i] as number) > (fromScratch[i] as number));
        const last = Math.max(
          0,
          ...[...labels.keys()].filter((i) => i > 0 && ahead[i - 1] && !ahead[i]),
        );
        const from = Math.max(0, last - 1);
        const part = (values: number[]) => values.slice(from);
        return crossing(logarithmic)(part(labels), part(pretrained), part(fromScratch));
      },
      'takes the first of several crossings',
      /expected 31\.623/,
    ],
    [
      'exchanges the curves',
      (labels, pretrained, fromScratch) => crossing(logarithmic)(labels, fromScratch, pretrained),
      'says Infinity where pre-training pays as far as was measured',
      /returned 0; expected Infinity/,
    ],
    [
      'answers with the largest number where it always pays',
      (labels, pretrained, fromScratch) => {
        const found = crossing(logarithmic)(labels, pretrained, fromScratch) as number;
        return Number.isFinite(found) ? found : labels.at(-1);
      },
      'says Infinity where pre-training pays as far as was measured',
      /was not measured/,
    ],
    [
      'answers with the smallest number where it never pays',
      (labels, pretrained, fromScratch) =>
        crossing(logarithmic)(labels, pretrained, fromScratch) || labels[0],
      'says 0 where it never pays',
      /returned 10; expected 0/,
    ],
    [
      'answers null where the curves do not cross',
      (labels, pretrained, fromScratch) => {
        const found = crossing(logarithmic)(labels, pretrained, fromScratch) as number;
        return Number.isFinite(found) ? found : null;
      },
      'returns a number',
      /null; expected a number of labels, Infinity or 0/,
    ],
  ],
);

const variablesOf = (model: tf.LayersModel) =>
  model.trainableWeights.map((weight) => weight.read() as tf.Variable);

interface Mistake {
  readonly training?: boolean;
  readonly all?: boolean;
  readonly reduce?: (losses: tf.Tensor) => tf.Tensor;
  readonly tidy?: boolean;
}

/** The right loss and gradients of a probe, but for one mistake. */
const probe =
  ({ training = false, all = false, reduce = (x) => x.mean(), tidy = true }: Mistake = {}) =>
  (encoder: tf.LayersModel, head: tf.LayersModel, images: tf.Tensor4D, labels: tf.Tensor1D) => {
    const compute = () => {
      const features = encoder.apply(images, { training }) as tf.Tensor2D;
      return tf.variableGrads(
        () => {
          const given = all ? encoder.apply(images, { training }) : features;
          const scores = head.apply(given as tf.Tensor2D) as tf.Tensor2D;
          const truth = tf.oneHot(labels, scores.shape[1]);
          return reduce(tf.logSoftmax(scores).mul(truth).sum(1).neg()) as tf.Scalar;
        },
        all ? [...variablesOf(head), ...variablesOf(encoder)] : variablesOf(head),
      );
    };
    return tidy ? tf.tidy(compute) : compute();
  };
const UNTOUCHED = 'leaves every weight of the encoder as it is, moving averages included';

describeCheck<LearnerProbeGradients>(
  'check.probeGradients',
  check.probeGradients,
  [
    ['keeps the encoder in inference mode', probe()],
    [
      'applies the encoder inside of the loss',
      (encoder, head, images, labels) =>
        tf.variableGrads(() => {
          const features = encoder.apply(images, { training: false }) as tf.Tensor2D;
          const scores = head.apply(features) as tf.Tensor2D;
          return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 3), scores) as tf.Scalar;
        }, variablesOf(head)),
    ],
  ],
  [
    [
      'runs batch normalization in training mode',
      probe({ training: true }),
      UNTOUCHED,
      /moving averages .* \{ training: false \}/,
    ],
    [
      'computes gradients for all variables',
      probe({ all: true }),
      'computes gradients for the variables of the head, and for no others',
      /variables of the encoder too; expected none.*fine-tuning/,
    ],
    [
      'forgets the bias',
      (encoder, head, images, labels) => {
        const { value, grads } = probe()(encoder, head, images, labels);
        const [[name, kernel], ...others] = Object.entries(grads) as [
          [string, tf.Tensor],
          ...[string, tf.Tensor][],
        ];
        for (const [, gradient] of others) gradient.dispose();
        return { value, grads: { [name]: kernel } };
      },
      'computes gradients for the variables of the head, and for no others',
      /1 variable; expected the 2 of the head/,
    ],
    [
      'takes the sum over the images',
      probe({ reduce: (losses) => losses.sum() }),
      'gives the mean cross entropy',
      /take the mean/,
    ],
    [
      'forgets the sign',
      probe({ reduce: (losses) => losses.mean().neg() }),
      'gives the mean cross entropy',
      /sign is wrong/,
    ],
    [
      'changes the weights at once',
      (encoder, head, images, labels) => {
        tf.tidy(() =>
          variablesOf(encoder)[0]?.assign(tf.mul(variablesOf(encoder)[0] as tf.Tensor, 1.5)),
        );
        return probe()(encoder, head, images, labels);
      },
      UNTOUCHED,
      /Only compute gradients/,
    ],
    [
      'scales the gradients',
      (encoder, head, images, labels) => {
        const { value, grads } = probe()(encoder, head, images, labels);
        const doubled = Object.entries(grads).map(([name, one]) => [name, one.mul(2)] as const);
        tf.dispose(grads);
        return { value, grads: Object.fromEntries(doubled) };
      },
      'gives the right gradients',
      /differs from the right one/,
    ],
    [
      'returns the loss alone',
      (encoder, head, images, labels) => probe()(encoder, head, images, labels).value,
      'returns the loss and its gradients',
      /a scalar tensor; expected \{ value, grads \}/,
    ],
    [
      'leaves the features behind',
      probe({ tidy: false }),
      'tidies its tensors',
      /each call leaves \d+ tensor/,
    ],
  ],
);
