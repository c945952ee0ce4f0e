import { collapseWarning } from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('collapseWarning', () => {
  const sound = { deviation: 0.9, effectiveRank: 25, dimensions: 64 };

  it('says nothing of sound representations, nor of the narrow cone of an untrained encoder', () => {
    expect(collapseWarning(sound)).toBeNull();
    expect(collapseWarning({ ...sound, deviation: 0.058 })).toBeNull();
  });

  it('notices that all images are one point', () => {
    expect(collapseWarning({ ...sound, deviation: 0.027 })).toMatch(/^Collapsed: all images/);
    expect(collapseWarning({ deviation: 0, effectiveRank: 0, dimensions: 64 })).toMatch(/0\.000/);
  });

  it('notices that few directions are left, measured by how many there are', () => {
    expect(collapseWarning({ ...sound, effectiveRank: 3.3 })).toMatch(/in 3\.3 of 64 directions/);
    expect(collapseWarning({ ...sound, effectiveRank: 1.9, dimensions: 8 })).toMatch(/in part/);
    expect(collapseWarning({ ...sound, effectiveRank: 1.9, dimensions: 2 })).toBeNull();
  });
});

it.each([
  { deviation: Number.NaN, effectiveRank: Number.NaN },
  { deviation: 0.9, effectiveRank: Number.NaN },
  { deviation: Number.POSITIVE_INFINITY, effectiveRank: 20 },
])('does not call $deviation and $effectiveRank sound', (signs) => {
  expect(collapseWarning({ ...signs, dimensions: 128 })).toMatch(/^Diverged: .*not finite/);
});
