import {
  AdamW,
  MaskedLanguageModel,
  maskedLanguageStep,
  maskedWordMetrics,
  maskForEvaluation,
  RandomGenerator,
  TokenSequences,
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

async function trained(steps: number, compile: boolean) {
  const model = new MaskedLanguageModel({
    vocabularySize: vocabulary.size,
    embeddingDim: 24,
    units: 24,
  });
  const optimizer = new AdamW(model.trainableVariables);
  const { history } = await train({
    step: maskedLanguageStep({ model, optimizer, rate: 0.25 }),
    data: training,
    batchSize: 32,
    steps,
    learningRate: 1e-2,
    seed: 2,
    compile,
  });
  optimizer.dispose();
  return { model, losses: history.steps.map(({ loss }) => loss) };
}

describe('maskedLanguageStep', () => {
  it('learns what counting neighbours cannot', async () => {
    const { model } = await trained(350, true);
    const masked = maskForEvaluation(sequences(200, 3), { seed: 1, rate: 0.2 });
    const counting = new WordCountModel(training, { neighbours: 'both' });
    const byCounting = await maskedWordMetrics(counting.callAt, masked);
    const byModel = await maskedWordMetrics((tokens, at) => model.callAt(tokens, at), masked);
    expect(byCounting.top1).toBeLessThan(0.5);
    expect(byModel.top1).toBeGreaterThan(0.75);
    expect(byModel.perplexity).toBeLessThan(byCounting.perplexity / 2);
    model.dispose();
  });

  it('gives the same losses compiled and operation by operation, and new masks in each step', async () => {
    const [graph, eager] = [await trained(5, true), await trained(5, false)];
    graph.losses.forEach((loss, step) => {
      expect(loss).toBeCloseTo(eager.losses[step] as number, 3);
    });
    expect(new Set(graph.losses).size).toBe(5);
    graph.model.dispose();
    eager.model.dispose();
  });
});
