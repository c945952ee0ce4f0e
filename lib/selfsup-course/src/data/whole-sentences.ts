import { InvalidArgumentError } from 'selfsup';
import type { LabelledSentences } from './sst-2';

/**
 * The sentences that are no part of a longer one. GLUE's training file of SST-2 holds each sentence and its phrases, all
 * labelled; two of one sentence, one trained on and one held out, would be no fair test. Phrases are nodes of a parse
 * tree, so two of them share words only where one holds the other: what this returns shares none.
 *
 * Words are taken as they are parted by spaces. Of equal sentences the first stays. The order is kept.
 *
 * @throws InvalidArgumentError when there are not as many labels as sentences.
 */
export function wholeSentences({ sentences, labels }: LabelledSentences): LabelledSentences {
  if (sentences.length !== labels.length) {
    throw new InvalidArgumentError(
      `wholeSentences: ${sentences.length} sentences but ${labels.length} labels; expected one label for each.`,
    );
  }
  // With spaces around, one text holds another only at the borders of words.
  const texts = sentences.map((sentence) => ` ${sentence.trim().split(/\s+/).join(' ')} `);
  const wordsOf = (text: string): string[] => [...new Set(text.trim().split(' '))];
  const holding = new Map<string, number[]>();
  texts.forEach((text, position) => {
    for (const word of wordsOf(text)) {
      const positions = holding.get(word);
      if (positions) positions.push(position);
      else holding.set(word, [position]);
    }
  });
  const isWhole = (position: number): boolean => {
    const text = texts[position] as string;
    // Every text that holds this one holds its rarest word.
    const candidates = wordsOf(text)
      .map((word) => holding.get(word) as number[])
      .reduce((rarest, one) => (one.length < rarest.length ? one : rarest));
    return !candidates.some((other) => {
      const otherText = texts[other] as string;
      return otherText.length > text.length
        ? otherText.includes(text)
        : other < position && otherText === text;
    });
  };
  const kept = sentences.flatMap((_, position) => (isWhole(position) ? [position] : []));
  return {
    sentences: kept.map((position) => sentences[position] as string),
    labels: Uint8Array.from(kept, (position) => labels[position] as number),
  };
}
