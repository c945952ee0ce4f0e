import { infoNceBound, tf } from 'selfsup';
import { check, type LearnerInfoNceBound } from 'selfsup-course';
import { describeCheck } from './describe-check';

const pairsOf = (scores: tf.Tensor2D) => scores.mul(tf.eye(scores.shape[0])).sum(1);

/** The right bound with one part exchanged. */
const bound =
  (change: {
    denominator?: (scores: tf.Tensor2D) => tf.Tensor;
    room?: (count: number) => number;
    reduce?: (terms: tf.Tensor) => tf.Tensor;
  }): LearnerInfoNceBound =>
  (scores) =>
    tf.tidy(() => {
      const {
        denominator = (all: tf.Tensor2D) => tf.logSumExp(all, 1),
        room = Math.log,
        reduce = (terms: tf.Tensor) => terms.mean(),
      } = change;
      return reduce(pairsOf(scores).sub(denominator(scores))).add(room(scores.shape[0]));
    });

const VALUE = 'has the value of the definition';

describeCheck<LearnerInfoNceBound>(
  'check.infoNceBound',
  check.infoNceBound,
  [
    ['is the library’s', infoNceBound],
    ['is written from matrix operations', bound({})],
    [
      'goes through the softmax loss',
      (scores) =>
        tf.tidy(() =>
          tf.losses
            .softmaxCrossEntropy(tf.eye(scores.shape[0]), scores)
            .neg()
            .add(Math.log(scores.shape[0])),
        ),
    ],
  ],
  [
    ['returns minus the loss', bound({ room: () => 0 }), VALUE, /add ln N/],
    [
      'returns the loss',
      (scores) =>
        tf.tidy(() => tf.losses.softmaxCrossEntropy(tf.eye(scores.shape[0]), scores).mul(1)),
      VALUE,
      /Work out the first row by hand/,
    ],
    [
      'has the sign reversed',
      (scores) => tf.tidy(() => infoNceBound(scores).neg()),
      VALUE,
      /ln N minus the loss/,
    ],
    [
      'leaves the pair out of the denominator',
      bound({
        denominator: (scores) => tf.logSumExp(scores.sub(tf.eye(scores.shape[0]).mul(1e9)), 1),
      }),
      VALUE,
      /no bound/,
    ],
    [
      'runs down the columns',
      bound({ denominator: (scores) => tf.logSumExp(scores, 0) }),
      VALUE,
      /along its row/,
    ],
    ['adds ln(N − 1)', bound({ room: (count) => Math.log(count - 1) }), VALUE, /N candidates/],
    [
      'adds the chance line of NT-Xent',
      bound({ room: (count) => Math.log(2 * count - 1) }),
      VALUE,
      /where both views ask/,
    ],
    ['adds up', bound({ reduce: (terms) => terms.sum() }), VALUE, /take their mean/],
    ['is in bits', (scores) => tf.tidy(() => infoNceBound(scores).div(Math.LN2)), VALUE, /in bits/],
    [
      'returns a term for each row',
      bound({ reduce: (terms) => terms.mul(1) }),
      'returns one finite number, as a tensor',
      /expected a scalar/,
    ],
    [
      'takes exponentials as they are',
      bound({ denominator: (scores) => scores.exp().sum(1).log() }),
      'stays finite with scores of a thousand',
      /tf\.logSumExp/,
    ],
    [
      'reads its numbers',
      (scores) => tf.tidy(() => tf.scalar(infoNceBound(scores).dataSync()[0] as number)),
      'has the right gradient, so that a critic can be trained with it',
      /cannot be differentiated|cut off/,
    ],
    [
      'leaves tensors behind',
      (scores) => infoNceBound(scores).mul(1),
      'tidies its tensors',
      /leaves 1 tensor/,
    ],
  ],
);
