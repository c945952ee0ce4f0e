import type { Accuracy } from '../../evaluation/accuracy';
import * as tf from '../../runtime/tensorflow';
import type { FineTunable, LabelledSource } from './fine-tunable';

const BATCH = 512;
/** Transformed examples are kept between looks up to so many numbers: 256 MB of float32. */
const MOST_KEPT = 2 ** 26;

interface Prepared<Input extends tf.Tensor> {
  readonly examples: Input;
  readonly labels: tf.Tensor1D;
}

/**
 * The accuracy of a classifier on held-out examples, in inference mode, measured again and again while it trains. What
 * does not change between two looks, the transformed examples, is made once where it fits into memory.
 *
 * Owns what it keeps; call {@link dispose}.
 */
export class HeldOutAccuracy<Name extends string, Input extends tf.Tensor> {
  readonly #input: Name;
  readonly #data: LabelledSource<Name, Input>;
  readonly #transform: ((inputs: Input) => Input) | undefined;
  #kept: Prepared<Input>[] | null = null;

  constructor(
    input: Name,
    data: LabelledSource<Name, Input>,
    transform: ((inputs: Input) => Input) | undefined,
  ) {
    this.#input = input;
    this.#data = data;
    this.#transform = transform;
  }

  of(classifier: FineTunable<Input>): Accuracy {
    const starts = Array.from({ length: Math.ceil(this.#data.size / BATCH) }, (_, i) => i * BATCH);
    let correct = 0;
    for (const [place, start] of starts.entries()) {
      const kept = this.#kept?.[place];
      correct += tf.tidy(() => {
        const { examples, labels } = kept ?? this.#prepared(start);
        if (place === 0 && kept === undefined) this.#keepIfSmall(examples);
        // Clones share the numbers: what a source gives may be its own.
        if (kept === undefined) {
          this.#kept?.push({
            examples: tf.keep(examples.clone()),
            labels: tf.keep(labels.clone()),
          });
        }
        return classifier.logits(examples).argMax(1).equal(labels).sum().dataSync()[0] as number;
      });
    }
    return { accuracy: correct / this.#data.size, n: this.#data.size };
  }

  dispose(): void {
    for (const { examples, labels } of this.#kept ?? []) tf.dispose([examples, labels]);
    this.#kept = null;
  }

  #prepared(start: number): Prepared<Input> {
    const length = Math.min(BATCH, this.#data.size - start);
    const indices = Int32Array.from({ length }, (_, i) => start + i);
    const { [this.#input]: given, labels } = this.#data.batch(indices);
    const inputs = given as Input;
    return { examples: this.#transform ? this.#transform(inputs) : inputs, labels };
  }

  /** Decides by the first batch whether all are kept. */
  #keepIfSmall(first: Input): void {
    const each = first.size / (first.shape[0] as number);
    if (each * this.#data.size <= MOST_KEPT) this.#kept = [];
  }
}
