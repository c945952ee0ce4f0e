import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, missing, python } from './dask-cluster';
import { FIXTURES, isAlive, measuredIn, ROOT, runStudy, startStudy, tableIn } from './run-study';

const PATIENCE = 600_000;
describe.skipIf(missing !== '')(`npm run study -- NAME --dask${missing}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = new Cluster();
    await cluster.start();
  }, PATIENCE);
  afterAll(() => cluster?.end());

  const study = (out: string, ...more: string[]) => [
    'tiny',
    '--studies',
    FIXTURES,
    '--out',
    out,
    ...more,
  ];
  const onCluster = (out: string, ...more: string[]) => [
    ...study(out, ...more),
    ...['--dask', cluster.address, '--python', python],
  ];
  const idsIn = (file: string): number[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(Number)
      : [];

  it(
    'gives the numbers of --jobs, also when a worker is killed in the middle of its work',
    async () => {
      const [here, there] = [join(cluster.folder, 'here'), join(cluster.folder, 'there')];
      const pids = join(cluster.folder, 'pids');
      const doomedPids = join(cluster.folder, 'doomed-pids');
      const doomed = cluster.worker('doomed', { TINY_PIDS: doomedPids });
      cluster.worker('steady', { TINY_PIDS: pids });
      const running = startStudy(onCluster(there, '--scale', '5'));
      // The first process on the doomed worker has begun, and sleeps for 1.5 seconds.
      await expect.poll(() => idsIn(doomedPids).length, { timeout: 240_000 }).toBeGreaterThan(0);
      doomed.kill('SIGKILL');
      expect((await running.ended).status).toBe(0);
      expect(running.text()).not.toContain('FAILED');
      await expect.poll(() => idsIn(doomedPids).filter(isAlive), { timeout: 60_000 }).toEqual([]);
      // What the doomed worker had begun was measured by the other.
      expect(idsIn(pids).length + idsIn(doomedPids).length).toBeGreaterThan(12);

      expect((await runStudy(study(here, '--jobs', '2', '--scale', '5'))).status).toBe(0);
      expect(measuredIn(there)).toEqual(measuredIn(here));
      expect(Object.keys(measuredIn(there))).toHaveLength(12);
      expect(tableIn(there, 'tiny')).toEqual(tableIn(here, 'tiny'));
    },
    PATIENCE,
  );

  it(
    'ends the work of a study that is killed, and goes on from what was kept',
    async () => {
      const out = join(cluster.folder, 'killed');
      const pids = join(cluster.folder, 'killed-pids');
      cluster.worker('third', { TINY_PIDS: pids });
      const running = startStudy(onCluster(out, '--scale', '1000'));
      await expect.poll(() => idsIn(pids).length, { timeout: 240_000 }).toBeGreaterThan(0);
      running.child.kill('SIGKILL');
      await running.ended;
      await expect.poll(() => idsIn(pids).filter(isAlive), { timeout: 120_000 }).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'names what fails on a worker with its error, and a worker without a clone',
    async () => {
      const failing = ['failing', '--studies', FIXTURES, '--out', join(cluster.folder, 'failing')];
      const dask = ['--dask', cluster.address, '--python', python];
      const { status, text } = await runStudy([...failing, ...dask]);
      expect(status).toBe(1);
      expect(text).toContain(
        'throws · none · seed 1 FAILED\nRangeError: planted: the rate is too high',
      );
      expect(text).toContain(
        'exits · none · seed 1 FAILED\nIts process ended early (exit status 3):\nplanted: last words',
      );
      expect(text).toContain('other machine · none · seed 1 is not measured here');
      expect(text).toContain('4 of 6 failed');
      const elsewhere = await runStudy([
        ...failing,
        ...dask,
        '--only',
        'throws',
        '--clone',
        cluster.folder,
      ]);
      expect(elsewhere.text).toContain(`has no clone of the course in ${cluster.folder}`);
      expect(elsewhere.status).toBe(1);
    },
    PATIENCE,
  );
});

describe('without a cluster', () => {
  it('says which command makes an environment where Dask is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'no-dask-'));
    try {
      const args = ['tiny', '--studies', FIXTURES, '--out', folder, '--dask', 'tcp://127.0.0.1:9'];
      const { status, text } = await runStudy([...args, '--python', join(folder, 'python')]);
      expect(text).toContain(`${join(folder, 'python')} ENOENT`);
      expect(text).toContain('pip install -r studies/requirements-dask.txt');
      expect(status).toBe(1);
      expect(existsSync(join(ROOT, 'studies/requirements-dask.txt'))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
