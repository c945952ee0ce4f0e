import { MASK, PAD, SPECIAL_TOKENS, tf, UNK } from 'selfsup';
import { RandomStream } from 'tfjs-compile';
import { formatQuantity } from '../display/pace';
import { attempt, requireTidy } from './attempt';
import { describe, Finding, type Property } from './judge';

/** A learner's masking rule; see `maskTokens`. */
export type LearnerMasking = (
  tokens: tf.Tensor2D,
  options: { random: RandomStream; vocabularySize: number },
) => unknown;

const ROWS = 200;
const LENGTH = 50;
/** Few words, so that a random word that may be a special token often is one. */
const VOCABULARY = 40;
const SPECIALS = SPECIAL_TOKENS.length;
const RATE = 0.15;

interface Masked {
  readonly inputs: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
}

/** Rows of words that end in padding, with `[UNK]` and `[MASK]` among them. */
function exampleTokens(): { tensor: tf.Tensor2D; numbers: Int32Array } {
  const words = new RandomStream([5, 1]).integers([ROWS * LENGTH], SPECIALS, VOCABULARY);
  const numbers = Int32Array.from(words.dataSync(), (word, at) => {
    const [row, column] = [Math.floor(at / LENGTH), at % LENGTH];
    if (column >= 30 + (row % 21)) return PAD;
    if (column % 10 === 7) return UNK;
    return column === 3 && row % 10 === 0 ? MASK : word;
  });
  return { tensor: tf.tensor2d(numbers, [ROWS, LENGTH], 'int32'), numbers };
}

function call(learner: LearnerMasking, tokens: tf.Tensor2D, seed = 1): Masked {
  const occasion = `with tokens of shape [${ROWS}, ${LENGTH}]`;
  const expected = '{ inputs, targets, weights }, three tensors';
  const result = attempt(
    () => learner(tokens, { random: new RandomStream([seed, 7]), vocabularySize: VOCABULARY }),
    occasion,
    expected,
  );
  const parts = result as Partial<Record<keyof Masked, unknown>> | null;
  const read = (name: keyof Masked): tf.TypedArray => {
    const tensor = parts?.[name];
    if (!(tensor instanceof tf.Tensor)) {
      throw new Finding(
        `When called ${occasion}, it returned ${describe(result)} whose ${name} is ${describe(tensor)}; expected ${expected}.`,
      );
    }
    if (tensor.shape.join() !== `${ROWS},${LENGTH}`) {
      throw new Finding(
        `Its ${name} have the shape [${tensor.shape.join(', ')}]; expected that of the tokens, [${ROWS}, ${LENGTH}].`,
      );
    }
    const type = name === 'weights' ? 'float32' : 'int32';
    if (tensor.dtype !== type) {
      throw new Finding(`Its ${name} are of type ${tensor.dtype}; expected ${type}.`);
    }
    return tensor.dataSync();
  };
  return {
    inputs: read('inputs') as Int32Array,
    targets: read('targets') as Int32Array,
    weights: read('weights') as Float32Array,
  };
}

/** Finds a share that differs from the expected one by more than five standard deviations of the binomial. */
function requireShare(found: number, of: number, expected: number, what: string): void {
  const spread = 5 * Math.sqrt((expected * (1 - expected)) / of);
  if (Math.abs(found / of - expected) <= spread) return;
  throw new Finding(
    `${what}: ${found} of ${of}, ${(100 * (found / of)).toFixed(1)} %; expected about ${100 * expected} %.`,
  );
}

/** The positions the learner chose. */
function chosenBy({ weights }: Masked): number[] {
  return Array.from(weights).flatMap((weight, at) => (weight === 0 ? [] : [at]));
}

/** What a masking rule must satisfy. */
export const MASK_TOKENS_PROPERTIES: readonly Property<LearnerMasking>[] = [
  {
    name: 'returns inputs, targets and weights of the shape of the tokens',
    examine: (learner) => {
      const { weights } = call(learner, exampleTokens().tensor);
      const other = weights.find((weight) => weight !== 0 && weight !== 1);
      if (other !== undefined) {
        throw new Finding(`Its weights hold ${other}; expected 1 where a word was chosen, else 0.`);
      }
    },
  },
  {
    name: 'never chooses padding or another special token',
    examine: (learner) => {
      const { tensor, numbers } = exampleTokens();
      const masked = call(learner, tensor);
      for (const [number, token] of SPECIAL_TOKENS.entries()) {
        const count = chosenBy(masked).filter((at) => numbers[at] === number).length;
        if (count > 0) {
          throw new Finding(
            `It chose ${formatQuantity(count, 'positions')} with ${token}. Only tokens from number ${SPECIALS} on are words.`,
          );
        }
      }
    },
  },
  {
    name: `chooses about ${100 * RATE} % of the words`,
    examine: (learner) => {
      const { tensor, numbers } = exampleTokens();
      const words = numbers.filter((number) => number >= SPECIALS).length;
      requireShare(chosenBy(call(learner, tensor)).length, words, RATE, 'Words chosen');
    },
  },
  {
    name: 'keeps the words as targets',
    examine: (learner) => {
      const { tensor, numbers } = exampleTokens();
      const masked = call(learner, tensor);
      const wrong = chosenBy(masked).filter((at) => masked.targets[at] !== numbers[at]).length;
      if (wrong > 0) {
        throw new Finding(
          `At ${formatQuantity(wrong, 'chosen positions')} the target is not the word that stood there. Take the targets from the tokens, ` +
            'before anything is replaced.',
        );
      }
    },
  },
  {
    name: 'changes chosen positions alone',
    examine: (learner) => {
      const { tensor, numbers } = exampleTokens();
      const { inputs, weights } = call(learner, tensor);
      const wrong = numbers.filter((number, at) => weights[at] === 0 && inputs[at] !== number);
      if (wrong.length > 0) {
        throw new Finding(
          `It changed ${formatQuantity(wrong.length, 'positions')} that its weights do not mark.`,
        );
      }
    },
  },
  {
    name: 'turns 80 % of the chosen words into [MASK], 10 % into random words, and keeps 10 %',
    examine: (learner) => {
      const { tensor, numbers } = exampleTokens();
      const masked = call(learner, tensor);
      const chosen = chosenBy(masked);
      const became = (test: (input: number, at: number) => boolean) =>
        chosen.filter((at) => test(masked.inputs[at] as number, at)).length;
      requireShare(
        became((input) => input === MASK),
        chosen.length,
        0.8,
        'Chosen words that became [MASK]',
      );
      requireShare(
        became((input, at) => input === numbers[at]),
        chosen.length,
        0.1,
        'Chosen words that stayed',
      );
      const special = became((input) => input < SPECIALS && input !== MASK);
      if (special > 0) {
        throw new Finding(
          `It made a special token other than [MASK] of ${formatQuantity(special, 'chosen words')}; random words begin at number ${SPECIALS}.`,
        );
      }
      const drawn = chosen.filter(
        (at) => masked.inputs[at] !== MASK && masked.inputs[at] !== numbers[at],
      );
      const different = new Set(drawn.map((at) => masked.inputs[at])).size;
      if (different < Math.min(drawn.length, VOCABULARY) / 4) {
        throw new Finding(
          `Its ${drawn.length} random words are only ${different} different ones; draw one for each position.`,
        );
      }
    },
  },
  {
    name: 'depends on the random stream alone',
    examine: (learner) => {
      const { tensor } = exampleTokens();
      const inputs = (seed: number) => call(learner, tensor, seed).inputs.join();
      const first = inputs(1);
      if (inputs(1) !== first) {
        throw new Finding(
          'Called twice with equal random streams, it gave different inputs. Draw from the stream it is given alone.',
        );
      }
      if (inputs(2) === first) {
        throw new Finding(
          'Called with two different random streams, it gave equal inputs: it does not use the stream it is given.',
        );
      }
    },
  },
  {
    name: 'tidies its tensors',
    examine: (learner) => {
      const { tensor } = exampleTokens();
      requireTidy(() =>
        learner(tensor, { random: new RandomStream([1, 7]), vocabularySize: VOCABULARY }),
      );
    },
  },
];
