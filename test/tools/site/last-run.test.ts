import { describe, expect, it } from 'vitest';
import { lastRun } from '../../../tools/site/last-run.mjs';

const printed = {
  outputs: [
    {
      output_type: 'stream',
      text: ['standard profile. CIFAR-10, because it was asked for.\n', '45000 images.\n'],
    },
    {
      output_type: 'display_data',
      data: { 'text/plain': ['Reading CIFAR-10: 50,000 images · in 0.2 s'], 'text/html': '…' },
    },
  ],
};
const run = {
  date: '2026-11-28',
  profile: 'standard',
  processor: 'AMD EPYC',
  cores: 2,
  seconds: 313,
};

describe('what a page says of the run its outputs are of', () => {
  it('says all that the notebook holds', () => {
    expect(lastRun({ metadata: { selfsup: { run } }, cells: [printed] }, '2026-11-29')).toBe(
      '28 November 2026; CIFAR-10, standard profile; 5 min 13 s on AMD EPYC, 2 cores',
    );
  });

  it('of a notebook without a record, says what it printed and when it was committed', () => {
    expect(lastRun({ metadata: {}, cells: [printed] }, '2026-11-27')).toBe(
      'CIFAR-10, standard profile; the notebook was last changed on 27 November 2026',
    );
    expect(lastRun({ metadata: {}, cells: [printed] }, undefined)).toBe(
      'CIFAR-10, standard profile',
    );
  });

  it.each(['Profile standard. Data: …', 'profile          standard (quick, standard or full: …)'])(
    'reads the profile in %j',
    (text) => {
      const cells = [{ outputs: [{ output_type: 'stream', text: `first\n${text}\n` }] }];
      expect(lastRun({ metadata: {}, cells }, undefined)).toBe('standard profile');
    },
  );

  it('says nothing of a notebook without outputs', () => {
    expect(lastRun({ metadata: { selfsup: { run } }, cells: [{}] }, '2026-11-27')).toBeUndefined();
  });
});
