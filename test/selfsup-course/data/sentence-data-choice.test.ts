import { chooseSentenceData } from 'selfsup-course';
import { describe, expect, it } from 'vitest';

const base = { requested: 'auto', sst2Path: null, profile: 'standard', offline: false } as const;

describe('chooseSentenceData', () => {
  it.each([
    ['asked for SST-2', { requested: 'sst2' }, 'sst2', /asked for/],
    ['asked for SST-2 in quick', { requested: 'sst2', profile: 'quick' }, 'sst2', /asked for/],
    ['asked for the century', { requested: 'century', sst2Path: '/x/y' }, 'century', /asked for/],
    ['SST-2 is here', { sst2Path: '/x/y' }, 'sst2', /on this machine \(y\)/],
    ['SST-2 is here, quick', { sst2Path: '/x/y', profile: 'quick' }, 'sst2', /on this machine/],
    ['SST-2 is here, offline', { sst2Path: '/x/y', offline: true }, 'sst2', /on this machine/],
    ['absent, standard', {}, 'sst2', /downloaded.*standard profile/],
    ['absent, full', { profile: 'full' }, 'sst2', /downloaded.*full profile/],
    ['absent, quick', { profile: 'quick' }, 'century', /not on this machine.*quick profile/],
    ['absent, offline', { offline: true }, 'century', /not on this machine.*network/],
    ['absent, offline, full', { offline: true, profile: 'full' }, 'century', /network/],
  ] as const)('%s', (_, circumstances, data, reason) => {
    const choice = chooseSentenceData({ ...base, ...circumstances });
    expect(choice.data).toBe(data);
    expect(choice.reason).toMatch(reason);
    expect(choice.reason).not.toContain('\n');
    expect(choice.reason.startsWith(data === 'sst2' ? 'SST-2' : 'Centuries')).toBe(true);
  });

  it('lets the centuries stand in only for a download that auto decided on', () => {
    expect(chooseSentenceData(base).mayFallBack).toBe(true);
    expect(chooseSentenceData({ ...base, requested: 'sst2' }).mayFallBack).toBe(false);
    expect(chooseSentenceData({ ...base, sst2Path: '/x/y' }).mayFallBack).toBe(false);
  });
});
