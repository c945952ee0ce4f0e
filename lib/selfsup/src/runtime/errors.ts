import { inspect } from 'node:util';

/**
 * Base class of every error the course raises on purpose. Its message is written for a learner: what was
 * given, what was expected, and what to do next.
 */
export class SelfSupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }

  /** What a notebook prints of an uncaught error: the sentence, without a stack of the kernel's own frames. */
  [inspect.custom](): string {
    return `${this.name}: ${this.message}`;
  }
}

/** A function was called with a value it cannot work with. */
export class InvalidArgumentError extends SelfSupError {}
