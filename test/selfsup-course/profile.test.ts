import { InvalidArgumentError } from 'selfsup';
import { byProfile, profile } from 'selfsup-course';
import { afterEach, describe, expect, it, vi } from 'vitest';

describe('profile', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is standard unless SELFSUP_PROFILE says otherwise', () => {
    vi.stubEnv('SELFSUP_PROFILE', '');
    expect(profile()).toBe('standard');
    vi.stubEnv('SELFSUP_PROFILE', 'quick');
    expect(profile()).toBe('quick');
    expect(byProfile({ quick: 1, standard: 4, full: 20 })).toBe(1);
  });

  it('refuses a profile that does not exist, naming those that do', () => {
    vi.stubEnv('SELFSUP_PROFILE', 'fast');
    expect(() => profile()).toThrow(InvalidArgumentError);
    expect(() => profile()).toThrow(/"fast".*quick, standard, full/);
  });
});
