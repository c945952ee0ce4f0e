// The number that a grading cell ends with, which nbgrader takes for the points: half of them for the properties that the
// learner's check states, half for equal results on inputs that the learner has not seen.
const path = require('node:path');
const { ANSWERS, used, watch } = require('./watched-library.cjs');
const { tf } = require('selfsup');
const { Draw, HIDDEN_INPUTS } = require('./hidden-inputs.cjs');

const CHECKS = path.join(__dirname, '..', '..', 'lib', 'selfsup-course', 'dist', 'check');
const { judge } = require(path.join(CHECKS, 'judge.js'));

const HIDDEN_CALLS = 6;

/** Each task's file of properties. */
const PROPERTIES = {
  augmentation: 'augmentation',
  bagOfWords: 'bag-of-words',
  breakEven: 'break-even',
  colorHistogram: 'color-histogram',
  heldOutSentences: 'held-out-sentences',
  infoNceLoss: 'info-nce-loss',
  keyGroups: 'key-groups',
  marginSampling: 'margin-sampling',
  maskedMeanPooling: 'masked-mean-pooling',
  meanAndDeviation: 'mean-and-deviation',
  memoryQueue: 'memory-queue',
  momentumSchedule: 'momentum-schedule',
  momentumUpdate: 'momentum-update',
  nearestMean: 'nearest-mean',
  precisionAtK: 'precision-at-k',
  probeGradients: 'probe-gradients',
  recallAtK: 'recall-at-k',
  twoTowerLoss: 'two-tower-loss',
  zeroShotWeights: 'zero-shot-weights',
};

function propertiesOf(task, options) {
  const exported = require(path.join(CHECKS, `${PROPERTIES[task]}-check.js`));
  if (task === 'augmentation') return exported.augmentationProperties(options ?? {});
  const list = Object.entries(exported).find(([name]) => name.endsWith('_PROPERTIES'));
  if (list === undefined) throw new Error(`The check of ${task} exports no properties.`);
  return list[1];
}

/** Numbers of a result, in order, whatever holds them. */
function numbers(value) {
  if (value instanceof tf.Tensor) return [value.shape.join(), ...value.dataSync()];
  if (Array.isArray(value)) return [value.length, ...value.flatMap(numbers)];
  if (value !== null && typeof value === 'object') {
    return Object.keys(value)
      .sort()
      .flatMap((key) => [key, ...numbers(value[key])]);
  }
  return [value];
}

function areEqual(found, expected) {
  const [a, b] = [numbers(found), numbers(expected)];
  return (
    a.length === b.length &&
    a.every((one, at) => {
      const other = b[at];
      if (typeof one !== 'number' || typeof other !== 'number' || one === other)
        return one === other;
      return Math.abs(one - other) <= 1e-4 * Math.max(1, Math.abs(other));
    })
  );
}

function hiddenRight(task, learner, reference) {
  const seed = Number(process.env.SELFSUP_GRADING_SEED ?? 1);
  let right = 0;
  for (let call = 0; call < HIDDEN_CALLS; call++) {
    tf.tidy(() => {
      // Drawn twice, so that a learner's function that changes its arguments changes its own only.
      const make = () => HIDDEN_INPUTS[task](new Draw(1000 * seed + call));
      const expected = reference(...make());
      try {
        if (areEqual(learner(...make()), expected)) right += 1;
      } catch {
        // It threw: not right.
      }
    });
  }
  return right;
}

/**
 * @param {string} task name of its check
 * @param {Function} learner
 * @param {Function | null} reference the solution's function; null where results are random
 * @param {number} most points
 * @param {object} [options] of the check
 * @returns {number}
 */
function points(task, learner, reference, most, options) {
  used.clear();
  const watched = (...args) => watch(() => learner(...args));
  const properties = propertiesOf(task, options);
  const { status, holds, fails } = judge(task, watched, properties);
  const share = status === 'not attempted' ? 0 : holds.length / properties.length;
  const lines = [
    `${holds.length} of ${properties.length} properties hold${fails ? `; not: ${fails}` : ''}.`,
  ];
  let earned = share;
  if (reference !== null && status !== 'not attempted') {
    const right = hiddenRight(task, watched, reference);
    lines.push(`${right} of ${HIDDEN_CALLS} other inputs gave the right result.`);
    earned = (share + right / HIDDEN_CALLS) / 2;
  }
  const written = String(learner).match(/[A-Za-z_$][\w$]*/g) ?? [];
  const borrowed = new Set([...used, ...written.filter((word) => ANSWERS.has(word))]);
  if (borrowed.size > 0) {
    lines.push(
      `It calls the library's own answer (${[...borrowed].join(', ')}), which earns nothing.`,
    );
    earned = 0;
  }
  console.log(lines.join('\n'));
  return Math.round(100 * most * earned) / 100;
}

module.exports = { points };
