import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { kernelSpec } from '../../lib/tslab-kernel/src/kernel-spec';

/** Makes objects, a tenth of which live on for a while, and prints the greatest size of V8's young generation, in MB. */
const PROGRAM = `
const kept = [];
let most = 0;
for (let i = 0; i < 4e6; i++) {
  const one = { i, text: String(i) };
  if (i % 10 === 0) kept[i % 100_000] = one;
  if (i % 10_000 > 0) continue;
  const { space_size } = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  most = Math.max(most, space_size / 2 ** 20);
}
console.log(JSON.stringify({ most }));
`;

it('starts a Node that keeps little memory for itself: a young generation of 8 MB a half', () => {
  const { argv } = kernelSpec();
  const [node = '', ...rest] = argv;
  const options = rest.filter((one) => one.startsWith('--max'));
  const { stdout, stderr } = spawnSync(node, [...options, '-e', PROGRAM], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const { most } = JSON.parse(stdout) as { most: number };
  expect(most).toBeLessThanOrEqual(24);
});
