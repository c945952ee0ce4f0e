import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RandomGenerator } from 'selfsup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIXTURES, isAlive, measuredIn, runStudy, startStudy, tableIn } from './run-study';

/** Twelve configurations, many processes, on a machine that may be busy. */
const PATIENCE = 900_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'study-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tiny = (out: string, ...more: string[]) => [
  'tiny',
  '--studies',
  FIXTURES,
  '--out',
  out,
  ...more,
];
const idsIn = (file: string): number[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(Number) : [];

describe('npm run study', () => {
  it(
    'killed with SIGKILL ten times at random, ends with the table of an undisturbed run and leaves no process',
    async () => {
      const [calm, rough] = [join(folder, 'calm'), join(folder, 'rough')];
      const pids = join(folder, 'pids');
      const random = new RandomGenerator(7);
      let unfinished = 0;
      for (let kills = 0; kills < 10; ) {
        const study = startStudy(tiny(rough, '--jobs', '2'), { TINY_PIDS: pids });
        // While the first begins, or after one has ended, whatever the machine's speed; then a moment more.
        await study.printed(random.nextInteger(2) === 0 ? /^…/m : /^✓/m);
        await Promise.race([sleep(random.nextInteger(1500)), study.ended]);
        study.child.kill('SIGKILL');
        const { signal } = await study.ended;
        if (signal === 'SIGKILL') {
          kills += 1;
          const kept = Object.keys(measuredIn(rough)).length;
          if (kept > 0 && kept < 12) unfinished += 1;
        } else rmSync(rough, { recursive: true, force: true });
      }
      // Otherwise nothing of what is tested here has happened.
      expect(unfinished).toBeGreaterThan(0);
      await expect.poll(() => idsIn(pids).filter(isAlive), { timeout: 60_000 }).toEqual([]);

      const { status, text } = await runStudy(tiny(rough, '--jobs', '2'));
      expect(text).toMatch(/12 configurations, \d+ kept/);
      expect(status).toBe(0);
      expect((await runStudy(tiny(calm, '--jobs', '2'))).status).toBe(0);
      expect(tableIn(rough, 'tiny')).toEqual(tableIn(calm, 'tiny'));
      expect(measuredIn(rough)).toEqual(measuredIn(calm));
      expect(Object.keys(measuredIn(calm))).toHaveLength(12);
      // What killed writers left beside the results is gone, or belongs to no result.
      for (const file of readdirSync(join(rough, 'results'))) expect(file).toMatch(/\.json(\.|$)/);

      const again = await runStudy(tiny(calm));
      expect(again.text).toContain('12 configurations, 12 kept');
      expect(again.text).not.toContain('…');
    },
    PATIENCE,
  );

  it('says mean and deviation, keeps what JSON cannot hold, and says where and by what it was measured', async () => {
    const { status, text } = await runStudy(
      tiny(folder, '--seeds', '1-2', '--only', 'half', '--only', 'endless'),
    );
    expect(status).toBe(0);
    // Shares 0.05 and 0.1; roots of 1/2 and 1.
    const [, , half, endless] = tableIn(folder, 'tiny');
    expect(half).toMatch(
      /^\| half +\| 7\.5 ± 3\.5 % +\| 0\.853553390593 ± 0\.207106781187 +\| NaN +\| 1, 2 +\|$/,
    );
    expect(endless).toContain('Infinity');
    expect(text).toContain('npm run study -- tiny --seeds 1,2 --only half --only endless');
    const names = readdirSync(join(folder, 'results'));
    expect(names.map((name) => name.replace(/-[0-9a-f]{12}\.json$/, ''))).toEqual([
      'endless-none-seed-1',
      'endless-none-seed-2',
      'half-none-seed-1',
      'half-none-seed-2',
    ]);
    const result = JSON.parse(readFileSync(join(folder, 'results', names[1] as string), 'utf8'));
    expect(result.measured).toEqual({
      share: { $number: 'Infinity' },
      root: { $number: 'Infinity' },
      nothing: { $number: '-0' },
    });
    expect(result.version.commit).toMatch(/^([0-9a-f]{40}|unknown)$/);
    expect(result.machine.cores).toBeGreaterThan(0);
    expect(result.seconds).toBeGreaterThan(0.25);
    expect(readFileSync(join(folder, 'tiny.png')).subarray(1, 4).toString()).toBe('PNG');
    const [numbers] = JSON.parse(readFileSync(join(folder, 'tiny.json'), 'utf8'));
    expect(numbers).toMatchObject({
      recipe: 'half',
      data: 'none',
      seeds: [1, 2],
      values: {
        share: [0.05, 0.1],
        root: [Math.sqrt(0.5), 1],
        nothing: [{ $number: 'NaN' }, { $number: '-0' }],
      },
      runs: [{ machine: { cores: result.machine.cores } }, { version: result.version }],
    });
  });

  it('names what fails with its error, measures the rest, tries again, and exits with 1', async () => {
    const failing = ['failing', '--studies', FIXTURES, '--out', folder, '--jobs', '2'];
    const { status, text } = await runStudy(failing);
    expect(status).toBe(1);
    expect(text).toContain(
      'throws · none · seed 1 FAILED\nRangeError: planted: the rate is too high',
    );
    expect(text).toContain(
      'killed · none · seed 1 FAILED\nIts process ended early (exit status 137)',
    );
    expect(text).toContain(
      'exits · none · seed 1 FAILED\nIts process ended early (exit status 3):\nplanted: last words',
    );
    expect(text).toContain('measure returned valu; expected a number named "value"');
    expect(text).toContain(
      'other machine · none · seed 1 is not measured here: planted: no such instructions',
    );
    expect(text).toContain('4 of 6 failed: ');
    expect(Object.values(measuredIn(folder))).toEqual([{ value: 1 }]);
    const second = await runStudy([...failing, '--only', 'throws', '--only', 'good']);
    expect(second.text).toContain('2 configurations, 1 kept');
    expect(second.status).toBe(1);
  });

  it('measures a damaged or foreign result anew, and with --again everything', async () => {
    const args = tiny(folder, '--seeds', '1', '--only', 'half');
    await runStudy(args);
    const file = join(folder, 'results', readdirSync(join(folder, 'results'))[0] as string);
    const whole = readFileSync(file, 'utf8');
    appendFileSync(file, '}');
    const { status, text } = await runStudy(args);
    expect(text).toContain(`${file} is not the result of half, seed 1`);
    expect(status).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8')).measured).toEqual(JSON.parse(whole).measured);
    writeFileSync(file, whole.replace(/"studyFile": "\w/, '"studyFile": "x'));
    expect((await runStudy(args)).text).toContain('measured by another version of tiny.ts');
    expect((await runStudy([...args, '--again'])).text).toContain('0 kept');
  });

  it('stops in order on SIGINT', async () => {
    const pids = join(folder, 'pids');
    const study = startStudy(tiny(folder, '--scale', '1000'), { TINY_PIDS: pids });
    await expect.poll(() => idsIn(pids).length, { timeout: 120_000 }).toBe(1);
    study.child.kill('SIGINT');
    expect((await study.ended).status).toBe(130);
    expect(study.text()).toContain(
      'Stopped; 0 of 12 are kept. The same command goes on from here.',
    );
    expect(idsIn(pids).filter(isAlive)).toEqual([]);
  });

  it('lists the studies', async () => {
    const { status, text } = await runStudy(['--help']);
    expect(status).toBe(0);
    expect(text).toContain('--seeds LIST');
    expect(text).toMatch(/Studies: .*accuracy-minutes/);
  });
});
