import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, missing, python } from '../../studies/dask-cluster';
import { isAlive } from '../../studies/run-study';
import { course, root } from './run-course';

const PATIENCE = 600_000;
const tools = (name: string) => new URL(`../../../tools/course/${name}`, import.meta.url).href;

/** What `npm run course` with these arguments says, and how it ends. */
async function outcomeOf(...args: string[]): Promise<{ status: number | null; text: string }> {
  const { code, stdout, stderr } = await course(args).outcome;
  return { status: code, text: stdout + stderr };
}

interface Cell {
  readonly outputs?: readonly { readonly text?: string }[];
}
interface Results {
  readonly notebooks: readonly {
    readonly notebook: string;
    readonly cells: number;
    readonly reports: unknown;
    readonly failure: { readonly kind: string } | null;
  }[];
}

describe.skipIf(missing !== '')(`npm run course -- --dask${missing}`, () => {
  let cluster: Cluster;
  let folder: string;
  /** Where the notebook that hangs writes the processes of its kernel. */
  let file: string;
  beforeAll(async () => {
    cluster = new Cluster();
    await cluster.start();
    file = join(cluster.folder, 'pids');
    // Inside the repository: the workers have the same clone.
    mkdirSync(join(root, 'course-output'), { recursive: true });
    folder = mkdtempSync(join(root, 'course-output', 'dask-'));
    cpSync(join(root, 'test/notebooks/fixtures/run'), join(folder, 'notebooks'), {
      recursive: true,
    });
  }, PATIENCE);
  afterAll(() => {
    cluster?.end();
    rmSync(folder, { recursive: true, force: true });
  });
  const on = (out: string, ...more: string[]) => [
    ...['--notebooks', join(folder, 'notebooks'), '--out', join(folder, out)],
    ...['--only', '01,02', '--profile', 'quick', '--data', 'emoji', ...more],
  ];
  const resultsIn = (out: string): Results =>
    JSON.parse(readFileSync(join(folder, out, 'results.json'), 'utf8'));
  const outputsIn = (out: string, name: string): unknown =>
    JSON.parse(readFileSync(join(folder, out, `${name}.ipynb`), 'utf8')).cells.map(
      ({ outputs = [] }: Cell) => outputs.map(({ text }) => text),
    );
  const dask = () => ['--dask', cluster.address, '--python', python];

  it(
    'gives the outputs, reports and failures of a run here',
    async () => {
      for (const name of ['one', 'two']) cluster.worker(name, { SELFSUP_TEST_PIDS: file });
      const there = await outcomeOf(...on('there', '--html', ...dask()));
      expect(there.text).toMatch(
        /Dask cluster at .*: (1 worker|2 workers), (1 notebook|2 notebooks) at once/,
      );
      expect(there.text).toMatch(/✗ 02-throws, code cell \[2\][\s\S]*temperature must be positive/);
      expect(there.status).toBe(1);
      expect((await outcomeOf(...on('here'))).status).toBe(1);
      const told = ({ notebooks }: Results) =>
        notebooks.map(({ notebook, cells, reports, failure }) => ({
          notebook,
          cells,
          reports,
          failure: failure?.kind ?? null,
        }));
      expect(told(resultsIn('there'))).toEqual(told(resultsIn('here')));
      for (const name of ['01-ok', '02-throws']) {
        expect(outputsIn('there', name)).toEqual(outputsIn('here', name));
      }
      expect(existsSync(join(folder, 'there', '01-ok.html'))).toBe(true);
    },
    PATIENCE,
  );

  it(
    'ends its kernels when it is killed',
    async () => {
      const hanging = on('killed', ...dask()).map((word) => (word === '01,02' ? '04' : word));
      const { child } = course(hanging);
      await expect.poll(() => existsSync(file), { timeout: 240_000 }).toBe(true);
      child.kill('SIGKILL');
      const pids = readFileSync(file, 'utf8').split(' ').map(Number);
      expect(pids).toHaveLength(2);
      await expect.poll(() => pids.filter(isAlive), { timeout: 120_000 }).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'says that a worker has no clone',
    async () => {
      const { status, text } = await outcomeOf(...on('bare', ...dask(), '--clone', cluster.folder));
      expect(text).toContain(`has no clone of the course in ${cluster.folder}`);
      expect(status).toBe(1);
    },
    PATIENCE,
  );
});

describe('without a cluster', () => {
  const unreachable = ['--dask', 'tcp://127.0.0.1:9', '--python', '/no/python', '--only', '00'];

  it('says which command makes an environment where Dask is missing', async () => {
    const { status, text } = await outcomeOf(...unreachable);
    expect(text).toContain('/no/python cannot be started');
    expect(text).toContain('pip install -r studies/requirements-dask.txt');
    expect(text).not.toContain('    at ');
    expect(status).toBe(2);
  });

  it('refuses notebooks that no worker has', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
    try {
      cpSync(join(root, 'test/notebooks/fixtures/run/01-ok.ipynb'), join(elsewhere, '00.ipynb'));
      const { status, text } = await outcomeOf(...unreachable, '--notebooks', elsewhere);
      expect(text).toContain(`--notebooks is ${elsewhere}; expected a folder inside`);
      expect(status).toBe(2);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('takes what a worker has executed from what it prints', async () => {
    const { executedIn, executedLine } = await import(tools('dask-notebooks.mjs'));
    const executed = { result: { cells: 1 }, files: { ipynb: '{\n}', html: null } };
    const output = `Reading …\n${executedLine(executed)}`;
    expect(executedIn({ status: 0, output, errors: '' })).toEqual(executed);
    const { result } = executedIn({ status: 3, output: 'nothing', errors: 'last words\n' });
    expect(result.failure).toEqual({
      kind: 'set-up',
      message: "the worker's program ended early (exit status 3)\nlast words",
    });
  });
});
