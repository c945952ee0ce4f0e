// What the hidden part of a grading cell calls a learner's function with: other inputs than the checks that learners see,
// drawn from a seed that they do not know.
const { PAD, RandomGenerator, tf } = require('selfsup');
const { RandomStream } = require('tfjs-compile');

/** Numbers and tensors of one seed. */
class Draw {
  constructor(seed) {
    this.generator = new RandomGenerator(seed);
    this.stream = new RandomStream([seed, 71]);
  }

  normal(...shape) {
    return this.stream.normal(shape);
  }

  uniform(...shape) {
    return this.stream.uniform(shape);
  }

  /** A whole number from `from` to `to`. */
  whole(from, to) {
    return from + this.generator.nextInteger(to - from + 1);
  }

  real(from, to) {
    return from + (this.generator.nextUint32() / 2 ** 32) * (to - from);
  }

  list(count, make) {
    return Array.from({ length: count }, make);
  }
}

const WORDS = ['a', 'good', 'film', 'bad', 'plot', 'it', 'is', 'not', 'the', 'end'];

/** Token numbers with padding at their end and at least one word. */
function tokens(draw, rows, length, vocabulary) {
  const made = draw.list(rows, () => {
    const words = draw.whole(1, length);
    return draw.list(length, (_, at) => (at < words ? draw.whole(3, vocabulary - 1) : PAD));
  });
  return tf.tensor2d(made, [rows, length], 'int32');
}

/** For each task, the arguments of one call. */
const HIDDEN_INPUTS = {
  colorHistogram: (draw) => [draw.uniform(draw.whole(2, 4), 7, 5, 3), draw.whole(2, 5)],
  meanAndDeviation: (draw) => [draw.list(draw.whole(3, 8), () => draw.real(-5, 60))],
  breakEven: (draw) => {
    const cross = draw.whole(1, 3);
    const labels = [20, 200, 2000, 20_000];
    const pretrained = labels.map(() => draw.real(0.5, 0.7));
    const fromScratch = pretrained.map(
      (one, at) => one + (at < cross ? -1 : 1) * draw.real(0.02, 0.2),
    );
    return [labels, pretrained, fromScratch];
  },
  momentumUpdate: (draw) => [draw.normal(3, 5), draw.normal(3, 5), draw.real(0.2, 0.95)],
  momentumSchedule: (draw) => {
    const total = draw.whole(50, 5000);
    return [draw.whole(1, total - 1), total, draw.real(0.5, 0.999)];
  },
  memoryQueue: (draw) => [draw.normal(draw.whole(7, 12), 4), draw.normal(draw.whole(2, 6), 4)],
  infoNceLoss: (draw) => {
    const [count, width] = [draw.whole(2, 7), draw.whole(3, 9)];
    const negatives = draw.normal(draw.whole(5, 20), width);
    const temperature = draw.real(0.05, 0.8);
    return [draw.normal(count, width), draw.normal(count, width), negatives, { temperature }];
  },
  keyGroups: (draw) => {
    const groups = draw.whole(2, 3);
    const centred = (part) => tf.tidy(() => part.sub(part.mean(0, true)).mul(2));
    return [centred, draw.normal(groups * groups * draw.whole(1, 2), 3), groups];
  },
  heldOutSentences: (draw) => {
    const sentence = () => draw.list(draw.whole(3, 6), () => WORDS[draw.whole(0, 9)]).join(' ');
    const all = draw.list(8, sentence);
    const shown = (one) => `${one[0].toUpperCase()}${one.slice(1)} !`;
    return [all, [shown(all[draw.whole(0, 7)]), sentence()]];
  },
  bagOfWords: (draw) => {
    const vocabulary = draw.whole(6, 14);
    return [tokens(draw, 3, 7, vocabulary), vocabulary];
  },
  maskedMeanPooling: (draw) => [draw.normal(3, 6, 4), tokens(draw, 3, 6, 12)],
  twoTowerLoss: (draw) => {
    const captions = tf.tensor1d(
      draw.list(6, () => draw.whole(0, 3)),
      'int32',
    );
    return [draw.normal(6, 5), draw.normal(6, 5), captions, { temperature: draw.real(0.05, 0.8) }];
  },
  zeroShotWeights: (draw) => [draw.normal(draw.whole(2, 5), draw.whole(2, 4), 6)],
  recallAtK: (draw) => {
    const similarities = draw.list(5, () => draw.list(9, () => draw.real(-1, 1)));
    const captions = (count) => draw.list(count, () => draw.whole(0, 4));
    return [similarities, captions(5), captions(9), draw.whole(1, 4)];
  },
  precisionAtK: (draw) => {
    // More pictures than classes, so that one class has two.
    const count = draw.whole(9, 14);
    const similarities = draw.list(count, () => draw.list(count, () => draw.real(-1, 1)));
    return [similarities, draw.list(count, () => draw.whole(0, 3)), draw.whole(1, 4)];
  },
  nearestMean: (draw) => {
    const count = draw.whole(4, 9);
    const labels = tf.tensor1d(
      draw.list(count, () => draw.whole(0, 3)),
      'int32',
    );
    return [draw.normal(count, 5), labels, draw.normal(6, 5), draw.whole(4, 5)];
  },
  marginSampling: (draw) => {
    const classes = draw.whole(2, 6);
    const count = draw.whole(8, 15);
    return [draw.list(count, () => draw.list(classes, () => draw.real(-1, 1))), draw.whole(3, 7)];
  },
};

module.exports = { Draw, HIDDEN_INPUTS };
