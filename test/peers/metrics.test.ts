import {
  alignment,
  bagOfWords,
  chanceRecallAtK,
  confusionMatrix,
  effectiveRank,
  knnAccuracy,
  type LabelledTokenSequences,
  linearProbe,
  maskedWordMetrics,
  nearestNeighbours,
  perDimensionDeviation,
  recallAtK,
  retrievalRanks,
  SeedSummary,
  TfIdf,
  tf,
  trustworthiness,
  uniformity,
  zeroShotClasses,
  zeroShotWeights,
} from 'selfsup';
import { expect, test } from 'vitest';
import { load, numbers, relativeDifference, type StoredTensor } from './fixture';
import { row } from './table';

const matrix = (stored: StoredTensor) => load<tf.Rank.R2>(stored);

interface Search {
  readonly queries: StoredTensor;
  readonly database: StoredTensor;
  readonly k: number;
}

test('nearestNeighbours', async () => {
  const { cases, agree } = row<Search & { indices: StoredTensor; similarities: StoredTensor }>(
    'metrics',
    'nearestNeighbours',
  );
  for (const one of cases) {
    const [queries, database] = [matrix(one.queries), matrix(one.database)];
    const found = await nearestNeighbours(queries, database, { k: one.k });
    const what = `${one.k} of [${database.shape}]`;
    agree(relativeDifference(found.similarities, one.similarities), `${what}, similarities`);
    const [theirs, similarities] = [numbers(one.indices), numbers(one.similarities)];
    [...found.indices].forEach((index, at) => {
      if (index === theirs[at]) return;
      // Another neighbour is right only where two are equally near.
      const gaps = [at - 1, at + 1].map((other) =>
        Math.abs((similarities[at] as number) - (similarities[other] ?? Number.POSITIVE_INFINITY)),
      );
      agree(Math.min(...gaps), `${what}, neighbour ${index} in place of ${theirs[at]}`);
    });
    tf.dispose([queries, database]);
  }
});

test('knnAccuracy', async () => {
  const { cases, agree } = row<
    Search & {
      temperature: number;
      trainLabels: StoredTensor;
      testLabels: StoredTensor;
      accuracy: number;
    }
  >('metrics', 'knnAccuracy');
  for (const { queries, database, k, temperature, trainLabels, testLabels, accuracy } of cases) {
    const [testFeatures, trainFeatures] = [matrix(queries), matrix(database)];
    const found = await knnAccuracy({
      trainFeatures,
      trainLabels: numbers(trainLabels),
      testFeatures,
      testLabels: numbers(testLabels),
      k,
      temperature,
    });
    agree(Math.abs(found.accuracy - accuracy), `k = ${k}, τ = ${temperature}`);
    tf.dispose([testFeatures, trainFeatures]);
  }
});

test('linearProbe', async () => {
  const { cases, agree } = row<{
    strength: number;
    standardise: boolean;
    features: StoredTensor;
    labels: StoredTensor;
    n: number;
    train: number;
    validation: number;
  }>('metrics', 'linearProbe');
  for (const { features, labels, n, strength, standardise, train, validation } of cases) {
    const all = matrix(features);
    const [trainFeatures, validationFeatures] = tf.split(all, [n, n]) as [tf.Tensor2D, tf.Tensor2D];
    const of = numbers(labels);
    const found = await linearProbe({
      trainFeatures,
      trainLabels: of.slice(0, n),
      validationFeatures,
      validationLabels: of.slice(n),
      strengths: [strength],
      standardise,
      maxIterations: 1000,
    });
    const what = `[${trainFeatures.shape}], λ = ${strength}, standardise: ${standardise}`;
    agree(Math.abs(found.train.accuracy - train), `${what}, training set`);
    agree(Math.abs(found.validation.accuracy - validation), `${what}, other features`);
    tf.dispose([all, trainFeatures, validationFeatures]);
  }
});

test('effectiveRank', () => {
  const { cases, agree } = row<{ z: StoredTensor; rank: number }>('metrics', 'effectiveRank');
  for (const { z, rank } of cases) {
    const features = matrix(z);
    agree(relativeDifference([effectiveRank(features)], [rank]), `[${z.shape}], rank ${rank}`);
    features.dispose();
  }
});

test('perDimensionDeviation', () => {
  const { cases, agree } = row<{ z: StoredTensor; mean: number }>(
    'metrics',
    'perDimensionDeviation',
  );
  for (const { z, mean } of cases) {
    const features = matrix(z);
    const [n, d] = features.shape;
    const ours = perDimensionDeviation(features);
    // The peer's mean over the dimensions, of sample deviations, without the factor √d.
    const sample = ours.map((deviation) => (deviation / Math.sqrt(d)) * Math.sqrt(n / (n - 1)));
    const found = sample.reduce((sum, value) => sum + value, 0) / d;
    agree(relativeDifference([found], [mean]), `[${z.shape}]`);
    features.dispose();
  }
});

test('alignment and uniformity', () => {
  const alignments = row<{ z1: StoredTensor; z2: StoredTensor; power: number; value: number }>(
    'metrics',
    'alignment',
  );
  for (const { z1, z2, power, value } of alignments.cases) {
    const [first, second] = [matrix(z1), matrix(z2)];
    const found = alignment(first, second, power);
    alignments.agree(relativeDifference([found], [value]), `[${z1.shape}], α = ${power}`);
    tf.dispose([first, second]);
  }
  const uniformities = row<{ z: StoredTensor; t: number; value: number }>('metrics', 'uniformity');
  for (const { z, t, value } of uniformities.cases) {
    const features = matrix(z);
    uniformities.agree(relativeDifference([uniformity(features, t)], [value]), `[${z.shape}]`);
    features.dispose();
  }
});

test('trustworthiness', async () => {
  const { cases, agree } = row<{
    features: StoredTensor;
    positions: StoredTensor;
    neighbours: number;
    value: number;
  }>('metrics', 'trustworthiness');
  for (const { features, positions, neighbours, value } of cases) {
    const [x, map] = [matrix(features), matrix(positions)];
    const found = await trustworthiness(x, map, { neighbours });
    agree(Math.abs(found - value), `[${x.shape}], ${neighbours} neighbours`);
    tf.dispose([x, map]);
  }
});

test('retrievalRanks, recallAtK, chanceRecallAtK', async () => {
  const recalls = row<{
    queries: StoredTensor;
    candidates: StoredTensor;
    queryLabels: StoredTensor;
    candidateLabels: StoredTensor;
    recall: Record<string, number>;
  }>('metrics', 'retrievalRanks and recallAtK');
  for (const one of recalls.cases) {
    const [queries, candidates] = [matrix(one.queries), matrix(one.candidates)];
    const ranks = await retrievalRanks({
      queries,
      candidates,
      queryLabels: numbers(one.queryLabels),
      candidateLabels: numbers(one.candidateLabels),
    });
    for (const [k, recall] of Object.entries(one.recall)) {
      recalls.agree(Math.abs(recallAtK(ranks, { k: Number(k) }) - recall), `recall@${k}`);
    }
    tf.dispose([queries, candidates]);
  }
  const chances = row<{
    queryLabels: StoredTensor;
    candidateLabels: StoredTensor;
    k: number;
    chance: number;
  }>('metrics', 'chanceRecallAtK');
  for (const { queryLabels, candidateLabels, k, chance } of chances.cases) {
    const found = chanceRecallAtK(numbers(queryLabels), numbers(candidateLabels), { k });
    chances.agree(Math.abs(found - chance), `k = ${k}`);
  }
});

test('confusionMatrix', () => {
  const { cases, agree } = row<{
    truth: StoredTensor;
    predicted: StoredTensor;
    counts: StoredTensor;
    precision: number[];
    recall: number[];
    balanced: number;
  }>('metrics', 'confusionMatrix');
  for (const one of cases) {
    const names = ['a', 'b', 'c', 'd'];
    const found = confusionMatrix(numbers(one.truth), numbers(one.predicted), names);
    agree(relativeDifference(found.counts.flat(), numbers(one.counts)), 'counts');
    agree(relativeDifference(found.precision, one.precision), 'precision');
    agree(relativeDifference(found.recall, one.recall), 'recall');
    agree(Math.abs(found.balancedAccuracy - one.balanced), 'balanced accuracy');
  }
});

test('maskedWordMetrics', async () => {
  const { cases, agree } = row<{
    scores: StoredTensor;
    targets: StoredTensor;
    perplexity: number;
    crossEntropy: number;
    top1: number;
    top5: number;
  }>('metrics', 'maskedWordMetrics');
  for (const { scores, targets, ...theirs } of cases) {
    const [size, length, classes] = scores.shape as [number, number, number];
    const all = load(scores);
    const ours = await maskedWordMetrics(
      (_, positions) => tf.gather(all.reshape([-1, classes]), positions) as tf.Tensor2D,
      {
        inputs: new Int32Array(size * length).fill(5),
        size,
        length,
        positions: Int32Array.from({ length: size * length }, (_, i) => i),
        targets: Int32Array.from(numbers(targets)),
      },
    );
    for (const [name, value] of Object.entries(theirs)) {
      agree(relativeDifference([ours[name as keyof typeof theirs]], [value]), name);
    }
    all.dispose();
  }
});

test('zeroShotWeights and zeroShotClasses', () => {
  const { cases, agree } = row<{
    sentences: StoredTensor;
    images: StoredTensor;
    weights: StoredTensor;
    classes: StoredTensor;
  }>('metrics', 'zeroShotWeights and zeroShotClasses');
  for (const one of cases) {
    const [sentences, images] = [load<tf.Rank.R3>(one.sentences), matrix(one.images)];
    const weights = zeroShotWeights(sentences);
    agree(relativeDifference(weights, one.weights), 'directions');
    expect([...zeroShotClasses(images, weights)]).toEqual(numbers(one.classes));
    tf.dispose([sentences, images, weights]);
  }
});

test('SeedSummary', () => {
  const { cases, agree } = row<{ values: number[]; mean: number; deviation: number }>(
    'metrics',
    'SeedSummary',
  );
  for (const { values, mean, deviation } of cases) {
    const ours = new SeedSummary(
      values.map((_, seed) => seed),
      values,
    );
    agree(relativeDifference([ours.mean, ours.deviation], [mean, deviation]), 'mean and deviation');
  }
});

test('bagOfWords and TfIdf', () => {
  const vocabularySize = 20;
  const bags = row<{ tokens: StoredTensor; counts: StoredTensor }>('metrics', 'bagOfWords');
  for (const { tokens, counts } of bags.cases) {
    const ours = tf.tidy(() => bagOfWords(load(tokens), vocabularySize));
    bags.agree(relativeDifference([...ours.dataSync()], numbers(counts)), 'counts');
    ours.dispose();
  }
  const weighted = row<{ tokens: StoredTensor; features: StoredTensor }>('metrics', 'TfIdf');
  for (const { tokens, features } of weighted.cases) {
    const all = matrix(tokens);
    const rows = all.arraySync();
    // All that is read of the sentences it is fitted to.
    const sentences = {
      size: rows.length,
      vocabulary: { size: vocabularySize },
      row: (index: number) => (rows[index] as number[]).filter((number) => number > 0),
    } as unknown as LabelledTokenSequences;
    const ours = new TfIdf(sentences).features(all);
    weighted.agree(relativeDifference(ours, features), 'features');
    tf.dispose([all, ours]);
  }
});
