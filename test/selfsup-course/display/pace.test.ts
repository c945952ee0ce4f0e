import { describe, expect, it } from 'vitest';
import { formatDuration, formatQuantity } from '../../../lib/selfsup-course/src/display/pace';

describe('formatDuration', () => {
  it.each([
    [0.42, '0.4 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 0 s'],
    [200, '3 min 20 s'],
    [3599.7, '1 h 0 min'],
    [3629, '1 h 0 min'],
    [7169, '1 h 59 min'],
    [7190, '2 h 0 min'],
    [7500, '2 h 5 min'],
    [86_390, '24 h 0 min'],
  ])('%d s is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it('never writes 60 minutes or 60 seconds', () => {
    const halfSeconds = Array.from({ length: 40_000 }, (_, index) => index / 2);
    expect(halfSeconds.map(formatDuration).filter((text) => /\b60 (s|min)/.test(text))).toEqual([]);
  });
});

describe('formatQuantity', () => {
  it.each([
    [0, 'bytes', '0 bytes'],
    [999, 'bytes', '999 bytes'],
    [999.9, 'bytes', '1.0 kB'],
    [999_949, 'bytes', '999.9 kB'],
    [999_999, 'bytes', '1.0 MB'],
    [999_999_999, 'bytes', '1.0 GB'],
    [170_498_071, 'bytes', '170.5 MB'],
    [1234, 'steps', '1,234 steps'],
    [2.55, 'steps', '2.6 steps'],
    [1, 'steps', '1 step'],
    [0.98, 'steps', '1 step'],
    [1.04, 'queries', '1 query'],
    [1, 'bytes', '1 byte'],
    [1, 's', '1 s'],
  ])('%d %s is %s', (value, unit, text) => expect(formatQuantity(value, unit)).toBe(text));
});
