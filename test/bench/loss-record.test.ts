import { describe, expect, it } from 'vitest';
import {
  digestOf,
  firstDifference,
  type LossRecord,
  parseLossRecord,
  recordedLoss,
} from '../../bench/loss-record';

const recordOf = (methods: Record<string, number[]>): LossRecord => ({
  machine: 'a processor',
  methods: Object.fromEntries(
    Object.entries(methods).map(([method, losses]) => [method, losses.map(recordedLoss)]),
  ),
});

const before = recordOf({ SimCLR: [4, 3.5, 3], MoCo: [1.5, 2] });
/** The float32 after 3.5. */
const NEXT = 3.5 + 2 ** -22;

describe('losses of two runs', () => {
  it('are recorded with the bits of their float32', () => {
    expect(recordedLoss(1)).toEqual({ loss: 1, bits: '3f800000' });
    expect(recordedLoss(-0).bits).toBe('80000000');
    expect(recordedLoss(2 ** -149).bits).toBe('00000001');
    expect(recordedLoss(NaN).bits).toBe('7fc00000');
  });

  it('are equal where every bit is, also once written and read', () => {
    const read = parseLossRecord('a.json', JSON.stringify(before));
    expect(firstDifference(before, read)).toBeNull();
    expect(digestOf(read)).toBe(digestOf(before));
  });

  it('do not depend on the order of the methods, nor on the machine', () => {
    const after = { ...recordOf({ MoCo: [1.5, 2], SimCLR: [4, 3.5, 3] }), machine: 'another' };
    expect(firstDifference(before, after)).toBeNull();
    expect(digestOf(after)).toBe(digestOf(before));
  });

  it('differ by the last bit of one step: the first such method and step are named', () => {
    const after = recordOf({ SimCLR: [4, NEXT, 9], MoCo: [9, 9] });
    expect(firstDifference(before, after)).toBe(
      `SimCLR differs first at step 2: 3.5 (40600000) before, ${NEXT} (40600001) now.`,
    );
    expect(digestOf(after)).not.toBe(digestOf(before));
    const nan = recordOf({ SimCLR: [4, 3.5, NaN], MoCo: [1.5, 2] });
    expect(firstDifference(before, nan)).toMatch(/^SimCLR differs first at step 3: 3 .*NaN/);
    expect(firstDifference(nan, nan)).toBeNull();
  });

  it('differ where a method is missing, or new', () => {
    const less = recordOf({ SimCLR: [4, 3.5, 3] });
    expect(firstDifference(before, less)).toBe('MoCo was recorded before and is missing now.');
    expect(firstDifference(less, before)).toBe('MoCo was not recorded before.');
    expect(digestOf(less)).not.toBe(digestOf(before));
  });

  it('differ where one has more steps', () => {
    const longer = recordOf({ SimCLR: [4, 3.5, 3, 2], MoCo: [1.5, 2] });
    expect(firstDifference(before, longer)).toBe('SimCLR has 4 steps; it had 3 before.');
    expect(digestOf(longer)).not.toBe(digestOf(before));
  });

  it('are read from nothing else', () => {
    for (const json of [
      '{}',
      '{"methods":{"SimCLR":[1]}}',
      '{"methods":{"A":[null]}}',
      'null',
      '[',
    ]) {
      expect(() => parseLossRecord('a.json', json), json).toThrow('a.json holds no losses');
    }
  });
});
