import { expect, it } from 'vitest';
import { counted } from '../../../tools/setup/counted.mjs';

it('counts one as one, and none and more than one as several', () => {
  expect([0, 1, 2].map((number) => counted(number, 'page'))).toEqual([
    '0 pages',
    '1 page',
    '2 pages',
  ]);
  expect([1, 2].map((number) => counted(number, 'advisory', 'advisories'))).toEqual([
    '1 advisory',
    '2 advisories',
  ]);
});
