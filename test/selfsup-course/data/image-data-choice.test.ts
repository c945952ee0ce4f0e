import { chooseImageData } from 'selfsup-course';
import { describe, expect, it } from 'vitest';

const base = { requested: 'auto', cifar10Path: null, profile: 'standard', offline: false } as const;

describe('chooseImageData', () => {
  it.each([
    ['asked for CIFAR-10', { requested: 'cifar10' }, 'cifar10', /asked for/],
    [
      'asked for CIFAR-10 in quick',
      { requested: 'cifar10', profile: 'quick' },
      'cifar10',
      /asked for/,
    ],
    ['asked for Emoji', { requested: 'emoji', cifar10Path: '/data/x' }, 'emoji', /asked for/],
    ['CIFAR-10 is here', { cifar10Path: '/data/x' }, 'cifar10', /on this machine \(x\)/],
    [
      'CIFAR-10 is here, quick',
      { cifar10Path: '/data/x', profile: 'quick' },
      'cifar10',
      /on this machine/,
    ],
    [
      'CIFAR-10 is here, offline',
      { cifar10Path: '/data/x', offline: true },
      'cifar10',
      /on this machine/,
    ],
    ['absent, standard', {}, 'cifar10', /downloaded.*standard profile/],
    ['absent, full', { profile: 'full' }, 'cifar10', /downloaded.*full profile/],
    ['absent, quick', { profile: 'quick' }, 'emoji', /not on this machine.*quick profile/],
    ['absent, offline', { offline: true }, 'emoji', /not on this machine.*network/],
    ['absent, offline, full', { offline: true, profile: 'full' }, 'emoji', /network/],
  ] as const)('%s', (_, circumstances, data, reason) => {
    const choice = chooseImageData({ ...base, ...circumstances });
    expect(choice.data).toBe(data);
    expect(choice.reason).toMatch(reason);
    expect(choice.reason).not.toContain('\n');
    expect(choice.reason.startsWith(data === 'emoji' ? 'Emoji' : 'CIFAR-10')).toBe(true);
  });

  it('lets the Emoji stand in only for a download that auto decided on', () => {
    expect(chooseImageData(base).mayFallBack).toBe(true);
    expect(chooseImageData({ ...base, requested: 'cifar10' }).mayFallBack).toBe(false);
    expect(chooseImageData({ ...base, cifar10Path: '/data/x' }).mayFallBack).toBe(false);
  });
});
