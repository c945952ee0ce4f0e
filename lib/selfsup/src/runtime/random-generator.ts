import { InvalidArgumentError } from './errors';

const rotateLeft = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** The finaliser of MurmurHash3: turns counters into well-mixed 32-bit words. */
function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * A seeded generator of random numbers for work outside training steps, such as shuffling: xoshiro128** (Blackman and
 * Vigna 2018, arXiv 1805.01407). The same seeds give the same numbers on every machine.
 *
 * @param seeds whole numbers, taken modulo 2³²; each sequence of them gives its own stream.
 */
export class RandomGenerator {
  readonly #state: Int32Array;

  constructor(...seeds: readonly number[]) {
    let h = 0;
    for (const seed of seeds) h = mix(Math.imul(h, 31) + seed + 0x9e3779b9);
    this.#state = Int32Array.from([1, 2, 3, 4], (i) => mix(h + Math.imul(i, 0x9e3779b9)));
    // The all-zero state is the one from which the generator never leaves.
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** A generator in a given state: four 32-bit words, not all of them zero. */
  static fromState(state: readonly [number, number, number, number]): RandomGenerator {
    const generator = new RandomGenerator();
    generator.#state.set(state);
    return generator;
  }

  /** The next 32 random bits, as a whole number from 0 to 2³² − 1. */
  nextUint32(): number {
    const s = this.#state;
    const [s0, s1, s2, s3] = [s[0] as number, s[1] as number, s[2] as number, s[3] as number];
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const third = s2 ^ s0;
    const fourth = s3 ^ s1;
    s[0] = s0 ^ fourth;
    s[1] = s1 ^ third;
    s[2] = third ^ (s1 << 9);
    s[3] = rotateLeft(fourth, 11);
    return result;
  }

  /**
   * A whole number from 0 to `bound` − 1, each equally likely.
   *
   * @throws InvalidArgumentError unless `bound` is a whole number from 1 to 2³².
   */
  nextInteger(bound: number): number {
    if (!(Number.isInteger(bound) && bound >= 1 && bound <= 2 ** 32)) {
      throw new InvalidArgumentError(
        `RandomGenerator.nextInteger: bound is ${bound}; expected a whole number from 1 to 2³².`,
      );
    }
    // Numbers above the last full multiple of `bound` would favour small results.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const value = this.nextUint32();
      if (value < limit) return value % bound;
    }
  }

  /** Puts the items into random order, in place, each order equally likely (Fisher and Yates). */
  shuffle<T extends Int32Array | unknown[]>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.nextInteger(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
    return items;
  }
}
