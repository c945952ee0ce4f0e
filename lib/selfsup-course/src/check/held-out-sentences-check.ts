import { attempt } from './attempt';
import { describe, Finding, type Property } from './judge';

/** A learner's removal: the sentences of a text that are none of the held-out ones, in their order. */
export type LearnerHeldOutRemoval = (sentences: string[], heldOut: string[]) => unknown;

const TEXT = [
  'a gorgeous , witty film .',
  'Too long!',
  "it does n't work .",
  'a film .',
  'too long , and too loud .',
  'a gorgeous , witty film .',
  '2 hours of nothing .',
  '...',
];

function kept(
  learner: LearnerHeldOutRemoval,
  sentences: readonly string[],
  heldOut: readonly string[],
): string[] {
  const occasion = `with ${sentences.length} sentences and ${heldOut.length} held out`;
  const [given, held] = [[...sentences], [...heldOut]];
  const expected = 'the sentences that stay, as an array of strings';
  const result = attempt(() => learner(given, held), occasion, expected);
  if (!Array.isArray(result) || !result.every((one) => typeof one === 'string')) {
    throw new Finding(
      `When called ${occasion}, it returned ${describe(result)}; expected ${expected}.`,
    );
  }
  if (given.join('\n') !== sentences.join('\n') || held.join('\n') !== heldOut.join('\n')) {
    throw new Finding(
      `When called ${occasion}, it changed an array it was given. Make a new one: sentences.filter(…).`,
    );
  }
  return result as string[];
}

function requireKept(
  learner: LearnerHeldOutRemoval,
  heldOut: readonly string[],
  expected: readonly string[],
  advice: { readonly stayed: string; readonly lost: string },
): void {
  const found = kept(learner, TEXT, heldOut);
  const said = heldOut.map((one) => `"${one}"`).join(' and ') || 'nothing';
  const stranger = found.find((one) => !TEXT.includes(one));
  if (stranger !== undefined) {
    throw new Finding(
      `It returned "${stranger}", which is no sentence of the text. Compare in lower case, but return the sentences as they are.`,
    );
  }
  const stayed = found.find((one) => !expected.includes(one));
  if (stayed !== undefined) {
    throw new Finding(`With ${said} held out, "${stayed}" is still in the text. ${advice.stayed}`);
  }
  const lost = expected.find((one) => !found.includes(one));
  if (lost !== undefined) {
    throw new Finding(
      `With ${said} held out, "${lost}" is gone; expected it to stay. ${advice.lost}`,
    );
  }
  if (found.join('\n') !== expected.join('\n')) {
    throw new Finding(
      `With ${said} held out, ${found.length} sentences stay; expected ${expected.length}, in the order of the text, each as ` +
        'often as it occurs.',
    );
  }
}

const without = (...gone: string[]): string[] =>
  TEXT.filter((sentence) => !gone.includes(sentence));

/** What the removal of held-out sentences must satisfy. */
export const HELD_OUT_SENTENCES_PROPERTIES: readonly Property<LearnerHeldOutRemoval>[] = [
  {
    name: 'keeps everything when nothing is held out',
    examine: (learner) =>
      requireKept(learner, [], TEXT, {
        stayed: '',
        lost: 'Nothing is held out.',
      }),
  },
  {
    name: 'takes out a held-out sentence wherever it occurs',
    examine: (learner) =>
      requireKept(learner, [TEXT[0] as string], without(TEXT[0] as string), {
        stayed: 'It is one of the held-out sentences, letter by letter.',
        lost: 'It is another sentence: compare whole sentences, not parts.',
      }),
  },
  {
    name: 'finds it under other capitals, spaces and punctuation',
    examine: (learner) => {
      const advice = {
        stayed:
          'It has the same words: compare sentenceKey(…) of both, which knows neither capitals nor punctuation.',
        lost: 'It is another sentence: compare whole sentences, not parts.',
      };
      requireKept(learner, ['A gorgeous, witty film!'], without(TEXT[0] as string), advice);
      requireKept(
        learner,
        ['too  long .', "It doesn't work"],
        without('Too long!', "it does n't work ."),
        advice,
      );
    },
  },
  {
    name: 'keeps sentences that only share words with a held-out one',
    examine: (learner) => {
      const advice = {
        stayed: '',
        lost: 'It only shares words with what is held out: compare whole sentences.',
      };
      requireKept(learner, ['long'], TEXT, advice);
      requireKept(
        learner,
        ['this is a film . too long , and too loud . 3 hours of nothing .'],
        TEXT,
        advice,
      );
    },
  },
];
