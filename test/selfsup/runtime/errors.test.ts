import { inspect } from 'node:util';
import { InvalidArgumentError, SelfSupError } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('SelfSupError', () => {
  it('carries the name of its class and the error behind it', () => {
    const cause = new Error('native');
    const error = new InvalidArgumentError('size is 0; expected 1 or more.', { cause });
    expect(error).toBeInstanceOf(SelfSupError);
    expect(error.name).toBe('InvalidArgumentError');
    expect(error.cause).toBe(cause);
  });

  it('is printed as its sentence, without the frames a learner cannot use', () => {
    expect(inspect(new InvalidArgumentError('size is 0; expected 1 or more.'))).toBe(
      'InvalidArgumentError: size is 0; expected 1 or more.',
    );
  });
});
