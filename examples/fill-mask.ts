/**
 * Fills the gaps of a sentence with a masked language model of the State of the Union addresses. The first call trains the
 * model (a minute or two) and keeps it; later calls load it.
 *
 *   npx ts-node examples/fill-mask.ts "We have kept the [MASK] with all nations."
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AdamW,
  cosineSchedule,
  fastestPrecision,
  fillMask,
  loadWeights,
  MaskedLanguageModel,
  maskedLanguageStep,
  saveWeights,
  TokenSequences,
  train,
  Vocabulary,
} from 'selfsup';
import { loadStateOfTheUnion, progressBar } from 'selfsup-course';
import { runCommand, UsageError, wholeNumber } from './run-command';

const HELP = `Fills the gaps of a sentence with a masked language model of the State of the Union addresses.

  npx ts-node examples/fill-mask.ts [options] "a sentence with [MASK] in it" …

  --guesses N     words shown for each gap (default: 5)
  --model FOLDER  where the trained model is kept (default: data/masked-language-model)
  --steps N       training steps where there is no model yet (default: 1500)
  --retrain       train anew even where there is one
  --help          this text`;

const SIZES = { embeddingDim: 128, units: 128 } as const;

interface TrainedModel {
  readonly model: MaskedLanguageModel;
  readonly vocabulary: Vocabulary;
}

function commandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      guesses: { type: 'string', default: '5' },
      model: { type: 'string', default: join(__dirname, '../data/masked-language-model') },
      steps: { type: 'string', default: '1500' },
      retrain: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const unfilled = positionals.find((sentence) => !sentence.includes('[MASK]'));
  if (positionals.length === 0) {
    throw new UsageError('Give a sentence, in quotes, with [MASK] where a word is to be guessed.');
  }
  if (unfilled !== undefined) {
    throw new UsageError(
      `"${unfilled}" has no gap; write [MASK] where a word is to be guessed, and the whole sentence in quotes.`,
    );
  }
  return {
    sentences: positionals,
    guesses: wholeNumber('guesses', values.guesses, 1),
    folder: resolve(values.model),
    steps: wholeNumber('steps', values.steps, 1),
    retrain: values.retrain,
  };
}

async function loadVocabulary(file: string): Promise<Vocabulary> {
  try {
    return Vocabulary.fromJSON(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as Error).message}). Use --retrain.`);
  }
}

async function loadModel(folder: string): Promise<TrainedModel> {
  const vocabulary = await loadVocabulary(join(folder, 'vocabulary.json'));
  const model = new MaskedLanguageModel({ vocabularySize: vocabulary.size, ...SIZES });
  await loadWeights(join(folder, 'model.safetensors'), model.weights);
  console.log(`Model read from ${folder}.`);
  return { model, vocabulary };
}

async function trainModel(folder: string, steps: number): Promise<TrainedModel> {
  const { train: speeches } = loadStateOfTheUnion();
  const sentences = speeches.flatMap((speech) => speech.sentences);
  const vocabulary = Vocabulary.build(sentences, { size: 10_000 });
  const data = new TokenSequences(sentences, { vocabulary, length: 32, shortest: 5 });
  const model = new MaskedLanguageModel({
    vocabularySize: vocabulary.size,
    ...SIZES,
    wordFrequencies: data.wordFrequencies,
  });
  const optimizer = new AdamW(model.trainableVariables);
  const { reason } = await train({
    step: maskedLanguageStep({ model, optimizer }),
    data,
    batchSize: 64,
    steps,
    learningRate: cosineSchedule({ peak: 4e-3, warmupSteps: Math.ceil(steps / 20) }),
    precision: fastestPrecision(),
    onProgress: progressBar(),
  });
  optimizer.dispose();
  await mkdir(folder, { recursive: true });
  await saveWeights(join(folder, 'model.safetensors'), model.weights);
  await writeFile(join(folder, 'vocabulary.json'), JSON.stringify(vocabulary));
  console.log(`${reason} Kept in ${folder}.`);
  return { model, vocabulary };
}

type Options = NonNullable<ReturnType<typeof commandLine>>;

async function main({ sentences, guesses, folder, steps, retrain }: Options): Promise<void> {
  const isThere = existsSync(join(folder, 'model.safetensors'));
  const { model, vocabulary } =
    isThere && !retrain ? await loadModel(folder) : await trainModel(folder, steps);
  for (const sentence of sentences) {
    console.log(`\n${sentence}`);
    for (const gap of fillMask(sentence, { model, vocabulary, count: guesses })) {
      for (const { word, probability } of gap) {
        console.log(`  ${(100 * probability).toFixed(1).padStart(5)} %  ${word}`);
      }
      console.log();
    }
  }
  model.dispose();
}

void runCommand(HELP, commandLine, main);
