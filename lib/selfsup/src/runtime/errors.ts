/**
 * Base class of every error the course raises on purpose. Its message is written for a learner: what was
 * given, what was expected, and what to do next.
 */
export class SelfSupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A function was called with a value it cannot work with. */
export class InvalidArgumentError extends SelfSupError {}
