// Loaded into a grading kernel before anything else (NODE_OPTIONS=--require): the library's own answers to the tasks are
// replaced by ones that tell when they are called. Node's built-in modules only.
const Module = require('node:module');
const path = require('node:path');

/** What the tasks ask a learner to write, by its name in the library. */
const ANSWERS = new Set([
  'bagOfWords',
  'breakEvenLabels',
  'colorHistogramShortcut',
  'enqueued',
  'inBatchNormGroups',
  'infoNceLoss',
  'marginSampling',
  'maskedMeanPooling',
  'MemoryQueue',
  'momentumSchedule',
  'momentumUpdate',
  'MomentumNetwork',
  'nearestMeanScores',
  'ntXentLoss',
  'precisionAtK',
  'recallAtK',
  'SeedSummary',
  'twoTowerLoss',
  'withoutHeldOutSentences',
  'zeroShotWeights',
]);

const state = { watching: false, used: new Set() };
const library = path.join(__dirname, '..', '..', 'lib', 'selfsup', 'dist') + path.sep;

function telling(name, answer) {
  const tell = () => {
    if (state.watching) state.used.add(name);
  };
  return new Proxy(answer, {
    apply(target, self, args) {
      tell();
      return Reflect.apply(target, self, args);
    },
    construct(target, args, made) {
      tell();
      return Reflect.construct(target, args, made);
    },
  });
}

const load = Module._extensions['.js'];
Module._extensions['.js'] = function watched(module, filename) {
  load(module, filename);
  if (!filename.startsWith(library)) return;
  for (const [name, property] of Object.entries(
    Object.getOwnPropertyDescriptors(module.exports ?? {}),
  )) {
    if (ANSWERS.has(name) && property.writable && typeof property.value === 'function') {
      module.exports[name] = telling(name, property.value);
    }
  }
};

/**
 * Calls a function and says which of the library's answers it called.
 *
 * @template T
 * @param {() => T} call
 * @returns {{ result: T, used: string[] }}
 */
function watch(call) {
  state.watching = true;
  try {
    return call();
  } finally {
    state.watching = false;
  }
}

module.exports = { ANSWERS, used: state.used, watch };
