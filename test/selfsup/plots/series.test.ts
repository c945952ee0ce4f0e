import { seriesFromRecords } from 'selfsup';
import { expect, it } from 'vitest';

const records = [
  { method: 'SimCLR', epoch: 5, loss: 4, spread: 0.1 },
  { method: 'MoCo', epoch: 5, loss: 6, spread: 0.2 },
  { method: 'SimCLR', epoch: 10, loss: 3, spread: 0.3 },
];

it('splits records into series, in order of appearance', () => {
  expect(
    seriesFromRecords(records, { x: 'epoch', y: 'loss', by: 'method', deviation: 'spread' }),
  ).toEqual([
    { name: 'SimCLR', x: [5, 10], y: [4, 3], deviation: [0.1, 0.3] },
    { name: 'MoCo', x: [5], y: [6], deviation: [0.2] },
  ]);
});

it('makes one series, named after y, where nothing splits them', () => {
  expect(seriesFromRecords(records, { y: 'loss' })).toEqual([{ name: 'loss', y: [4, 6, 3] }]);
});

it('makes an empty series of no records, which a chart draws as nothing', () => {
  expect(seriesFromRecords<{ step: number; loss: number }>([], { x: 'step', y: 'loss' })).toEqual([
    { name: 'loss', x: [], y: [] },
  ]);
});
