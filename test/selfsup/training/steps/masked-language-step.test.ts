import {
  AdamW,
  MaskedLanguageModel,
  maskedLanguageStep,
  maskedWordMetrics,
  maskForEvaluation,
  RandomGenerator,
  TokenSequences,
  TransformerEncoder,
  train,
  Vocabulary,
  WordCountModel,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

const WORDS = Array.from({ length: 12 }, (_, i) => `w${i}`);
const vocabulary = new Vocabulary(WORDS);
const LENGTH = 8;

/** A language in which each word is two after the word two places before it: neighbours tell nothing. */
function sequences(count: number, seed: number): TokenSequences {
  const random = new RandomGenerator(seed);
  const sentences = Array.from({ length: count }, () => {
    const numbers = [random.nextInteger(12), random.nextInteger(12)];
    const length = 5 + random.nextInteger(4);
    while (numbers.length < length) numbers.push(((numbers.at(-2) as number) + 2) % 12);
    return numbers.map((number) => `w${number}`);
  });
  return new TokenSequences(sentences, { vocabulary, length: LENGTH });
}

const training = sequences(400, 1);

const SIZES = { vocabularySize: vocabulary.size, embeddingDim: 24 } as const;
const MODELS = {
  'an LSTM': () => new MaskedLanguageModel({ ...SIZES, units: 24 }),
  'a Transformer': () => new MaskedLanguageModel({ encoder: new TransformerEncoder(SIZES) }),
} as const;
const RATES = { 'an LSTM': 1e-2, 'a Transformer': 4e-3 } as const;
const STEPS = { 'an LSTM': 350, 'a Transformer': 700 } as const;
type Reader = keyof typeof MODELS;
const READERS = Object.keys(MODELS) as Reader[];

interface TrainingOptions {
  readonly compile: boolean;
  readonly precision?: 'bfloat16';
}

async function trained(reader: Reader, steps: number, options: TrainingOptions) {
  const model = MODELS[reader]();
  const optimizer = new AdamW(model.trainableVariables);
  const { history } = await train({
    step: maskedLanguageStep({ model, optimizer, rate: 0.25 }),
    data: training,
    batchSize: 32,
    steps,
    learningRate: RATES[reader],
    seed: 2,
    ...options,
  });
  optimizer.dispose();
  return { model, losses: history.steps.map(({ loss }) => loss) };
}

describe('maskedLanguageStep', () => {
  it.each(READERS)('learns what counting neighbours cannot, with %s', async (reader) => {
    const { model } = await trained(reader, STEPS[reader], { compile: true });
    const masked = maskForEvaluation(sequences(200, 3), { seed: 1, rate: 0.2 });
    const counting = new WordCountModel(training, { neighbours: 'both' });
    const byCounting = await maskedWordMetrics(counting.callAt, masked);
    const byModel = await maskedWordMetrics((tokens, at) => model.callAt(tokens, at), masked);
    expect(byCounting.top1).toBeLessThan(0.5);
    expect(byModel.top1).toBeGreaterThan(0.75);
    expect(byModel.perplexity).toBeLessThan(byCounting.perplexity / 2);
    model.dispose();
  });

  it.each(READERS)(
    'gives the same losses compiled and operation by operation, and new masks in each step, with %s',
    async (reader) => {
      const [graph, eager] = [
        await trained(reader, 5, { compile: true }),
        await trained(reader, 5, { compile: false }),
      ];
      graph.losses.forEach((loss, step) => {
        expect(loss).toBeCloseTo(eager.losses[step] as number, 3);
      });
      expect(new Set(graph.losses).size).toBe(5);
      graph.model.dispose();
      eager.model.dispose();
    },
  );

  it.each(READERS)('lowers the loss with products in bfloat16, with %s', async (reader) => {
    const { model, losses } = await trained(reader, 60, { compile: true, precision: 'bfloat16' });
    const meanOf = (some: number[]) => some.reduce((sum, loss) => sum + loss, 0) / some.length;
    expect(meanOf(losses.slice(-10))).toBeLessThan(meanOf(losses.slice(0, 10)) - 0.1);
    model.dispose();
  });
});
