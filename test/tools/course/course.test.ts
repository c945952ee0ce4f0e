import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { course, type Outcome, root } from './run-course';

const fixtures = path.join(root, 'test/notebooks/fixtures/run');
const python = path.join(root, '.venv/bin/python');

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process that has ended but whose new parent has not taken notice yet is no running kernel; one that `ps` no longer finds
  // has ended just now.
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^[^Z]/.test(stdout.trim());
}

async function until(condition: () => boolean, seconds: number): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
    if (condition()) return true;
  }
  return condition();
}

describe.skipIf(!existsSync(python))('npm run course (needs .venv: npm run setup)', () => {
  let folder: string;

  beforeAll(() => {
    // Inside the repository, so that the kernel finds the packages.
    mkdirSync(path.join(root, 'course-output'), { recursive: true });
    folder = mkdtempSync(path.join(root, 'course-output', 'test-'));
    cpSync(fixtures, path.join(folder, 'notebooks'), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe('with notebooks that succeed and fail', () => {
    let outcome: Outcome;
    const inFolder = (name: string) => path.join(folder, name);
    const read = (name: string) => JSON.parse(readFileSync(inFolder(name), 'utf8'));

    beforeAll(async () => {
      // Of an earlier run into the same folder.
      mkdirSync(inFolder('out'), { recursive: true });
      for (const name of ['09-throws-first.ipynb', '09-throws-first.html', 'results.json']) {
        writeFileSync(inFolder(`out/${name}`), 'kNN accuracy of another run');
      }
      outcome = await course([
        ...['--notebooks', inFolder('notebooks'), '--out', inFolder('out'), '--profile', 'quick'],
        ...['--only', '01,02,03,05,06,07,08,09,10', '--jobs', '3', '--cell-timeout', '40'],
        '--html',
        '--save',
      ]).outcome;
    }, 600_000);

    it('ends with status 1 and says which failed', () => {
      expect(outcome.code, outcome.stderr).toBe(1);
      expect(outcome.stdout).toMatch(/✓ 01-ok: 4 cells, [\d.]+ s, \d+ MB/);
      for (const name of ['02-throws', '03-type-error', '05-spins', '06-kernel-dies']) {
        expect(outcome.stdout).toContain(`✗ ${name}: FAILED`);
      }
    });

    it('tells the progress of each cell', () => {
      expect(outcome.stdout).toMatch(/01-ok: cell 3 of 4, \d+ s/);
    });

    it('ends with a table of the numbers', () => {
      const table = outcome.stdout.slice(outcome.stdout.indexOf('notebook '));
      expect(table).toMatch(/01-ok +4 +[\d.]+ s +\d+ MB\n/);
      expect(table).toMatch(/the answer +42 \(test, n = 42, seed 1\)/);
      expect(table).toMatch(/accuracy +58\.13 ± 0\.4 %/);
      expect(table).toMatch(/02-throws +3 .* FAILED/);
    });

    it.each([
      ['02-throws', 2, 'RangeError: temperature must be positive', 'fails();'],
      [
        '03-type-error',
        1,
        "1:7 - Type 'string' is not assignable",
        "const size: number = 'large';",
      ],
      ['05-spins', 1, 'the cell did not end within 40 s', 'while (Date.now() > 0)'],
      ['06-kernel-dies', 1, 'the kernel was ended by SIGKILL', 'process.kill'],
      ['07-unhandled', 1, 'lost in the dark', 'void Promise.reject'],
      ['08-fails-later', 1, 'lost after the end', 'setTimeout'],
    ])('names cell, error and source of %s', (name, number, error, source) => {
      const start = outcome.stdout.indexOf(`✗ ${name}, code cell [${number}]`);
      expect(start).toBeGreaterThan(-1);
      const told = outcome.stdout.slice(start).split('\n\n')[0];
      expect(told).toContain(error);
      expect(told).toContain(source);
      expect(told).not.toContain('tslab/dist');
    });

    it('writes the executed notebook, in the profile asked for', () => {
      const cells = read('out/01-ok.ipynb').cells;
      expect(cells[1].outputs[0].text.join('')).toBe('the profile is quick\n');
      expect(cells[1].execution_count).toBe(1);
      const shown = cells[3].outputs.map((output: { data?: object }) => output.data ?? {});
      expect(JSON.stringify(shown)).toContain('second');
      expect(JSON.stringify(shown)).not.toContain('first');
      expect(Object.keys(cells[5].outputs[0].data)).toContain('image/png');
    });

    it('saves outputs into the notebooks that succeeded only, without times', () => {
      const saved = read('notebooks/01-ok.ipynb');
      expect(saved.cells[1].outputs).toHaveLength(1);
      expect(
        saved.cells.every((cell: { metadata: object }) => !('execution' in cell.metadata)),
      ).toBe(true);
      expect(saved.cells[0].source).toEqual(
        JSON.parse(readFileSync(path.join(fixtures, '01-ok.ipynb'), 'utf8')).cells[0].source,
      );
      expect(read('notebooks/02-throws.ipynb').cells[1].outputs).toEqual([]);
    });

    it('saves what the run was: its date, processor, profile and seconds', () => {
      const { run } = read('notebooks/01-ok.ipynb').metadata.selfsup;
      expect(run).toMatchObject({ profile: 'quick', data: 'cifar10', node: process.version });
      expect(Date.now() - Date.parse(run.date)).toBeLessThan(2 * 24 * 3600 * 1000);
      const [{ seconds }] = read('out/results.json').notebooks;
      expect(run.seconds).toBeGreaterThan(0);
      expect(run.seconds).toBeLessThanOrEqual(Math.ceil(seconds));
      expect(run.processor).toMatch(/\S/);
      expect(run.cores).toBeGreaterThan(0);
      expect(read('notebooks/02-throws.ipynb').metadata.selfsup).toBeUndefined();
    });

    it('writes results for programs', () => {
      const { profile, notebooks } = read('out/results.json');
      expect(profile).toBe('quick');
      expect(notebooks.map(({ notebook }: { notebook: string }) => notebook)).toEqual([
        '01-ok',
        '02-throws',
        '03-type-error',
        '05-spins',
        '06-kernel-dies',
        '07-unhandled',
        '08-fails-later',
        '09-throws-first',
        '10-odd-outputs',
      ]);
      expect(notebooks[0].reports).toContainEqual({
        name: 'the answer',
        value: 42,
        split: 'test',
        n: 42,
        seed: 1,
      });
      expect(notebooks[0].failure).toBeNull();
      expect(notebooks[0].peakMemoryBytes).toBeGreaterThan(5e7);
    });

    it('reports and keeps nothing that another run printed', () => {
      expect(outcome.stdout).toContain('✗ 09-throws-first: FAILED');
      const { notebooks } = read('out/results.json');
      expect(
        notebooks.find(({ notebook }: { notebook: string }) => notebook === '09-throws-first'),
      ).toMatchObject({ reports: [], failure: { kind: 'error', number: 1 } });
      const [, first, second] = read('out/09-throws-first.ipynb').cells;
      expect(JSON.stringify(first.outputs)).toContain('no data today');
      expect(second).toMatchObject({ outputs: [], execution_count: null });
      const page = readFileSync(inFolder('out/09-throws-first.html'), 'utf8');
      for (const text of [outcome.stdout, JSON.stringify(first.outputs), page]) {
        expect(/(kNN accuracy|printed) (of|by) another run/.test(text)).toBe(false);
      }
      // What another run printed stays in the notebook itself: only a run that succeeds replaces it.
      expect(JSON.stringify(read('notebooks/09-throws-first.ipynb'))).toContain('36 %');
    });

    it('keeps the executed notebook where half a surrogate pair was printed', () => {
      const [, cell] = read('out/10-odd-outputs.ipynb').cells;
      const shown = JSON.stringify(cell.outputs);
      expect(shown).toContain('half: \ufffd!');
      expect(shown).toContain('half in a display: \ufffd!');
    });

    it('leaves out of the table what no table can show, and says so', () => {
      const said = outcome.stdout;
      for (const flaw of ['has no name', 'is no object', 'has an unusable "n"']) {
        expect(said).toContain(
          `10-odd-outputs, code cell [2] (cell 3 of the notebook): a report ${flaw}; it is left out of the table.`,
        );
      }
      const { notebooks } = read('out/results.json');
      expect(notebooks.at(-1)).toMatchObject({
        notebook: '10-odd-outputs',
        failure: null,
        reports: [
          { name: 'a number that is not finite', value: null },
          { name: 'the rest', value: 3 },
        ],
      });
      expect(said).toMatch(/a number that is not finite +not finite/);
    });

    it('writes a page that needs no network, draws formulas and describes its figures', () => {
      const page = readFileSync(inFolder('out/01-ok.html'), 'utf8');
      expect(page).not.toMatch(/<script|<link [^>]*stylesheet|@import|(src|url\()["']?\s*https?:/);
      expect(page).toMatch(/The formula <math>[\s\S]*τ/);
      expect(page).toContain('alt="Losses. The loss over two steps; it falls from 2 to 1."');
    });
  });

  it('starts a kernel again that ends before it answers', async () => {
    const kernel = path.join(folder, 'jupyter/kernels/tslab');
    mkdirSync(kernel, { recursive: true });
    const tslab = path.join(root, 'lib/tslab-kernel/bin/tslab-kernel.js');
    writeFileSync(
      path.join(kernel, 'unlucky.cjs'),
      `const { existsSync, writeFileSync } = require('node:fs');
       if (!existsSync(__filename + '.started')) {
         writeFileSync(__filename + '.started', '');
         process.exit(1);
       }
       require(${JSON.stringify(tslab)});`,
    );
    const argv = [process.execPath, path.join(kernel, 'unlucky.cjs')];
    argv.push('kernel', '--config-path', '{connection_file}');
    writeFileSync(
      path.join(kernel, 'kernel.json'),
      JSON.stringify({ argv, display_name: 'TypeScript', language: 'typescript' }),
    );
    const { code, stdout } = await course(
      ['--notebooks', fixtures, '--out', path.join(folder, 'out-unlucky'), '--only', '01'],
      { JUPYTER_PATH: path.join(folder, 'jupyter') },
    ).outcome;
    expect(existsSync(path.join(kernel, 'unlucky.cjs.started'))).toBe(true);
    expect([code, stdout]).toEqual([0, expect.stringContaining('✓ 01-ok')]);
  }, 60_000);

  it('names the cell that allocates without end, and that it is memory', async () => {
    const { code, stdout } = await course(
      ['--notebooks', fixtures, '--out', path.join(folder, 'out-memory'), '--only', '11'],
      { NODE_OPTIONS: '--max-old-space-size=400' },
    ).outcome;
    expect(code).toBe(1);
    const start = stdout.indexOf('✗ 11-out-of-memory, code cell [2] (cell 3 of the notebook)');
    expect(start).toBeGreaterThan(-1);
    const told = stdout.slice(start).split('\n\n')[0];
    expect(told).toMatch(
      /out of memory in this cell: the kernel and its children had reached \d+ MB/,
    );
    expect(told).toContain('kept.push');
    // V8's own report, with its addresses, helps nobody.
    expect(told).not.toMatch(/0x[0-9a-f]{6}|GC/);
  }, 300_000);

  it('runs each cell a second time on request, and names the one that goes on from the first', async () => {
    const notebooks = path.join(folder, 'twice');
    mkdirSync(notebooks, { recursive: true });
    const cell = (source: string, tags: string[] = []) => ({
      cell_type: 'code',
      metadata: { tags },
      execution_count: null,
      outputs: [],
      source,
    });
    const kernelspec = { name: 'tslab', display_name: 'TypeScript' };
    const write = (name: string, cells: object[]) =>
      writeFileSync(
        path.join(notebooks, `${name}.ipynb`),
        JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 4 }),
      );
    write('01-afresh', [
      cell('const weights = [1, 2];'),
      cell('console.log(weights.join(), "trained in", performance.now(), "s");'),
      cell('console.log(Math.random());', ['measures-the-machine']),
      cell(
        'const minutes = (performance.now() % 1).toFixed(4);\n' +
          'console.log(["run  minutes", "---  -------", "a    " + minutes].join("\\n"));',
      ),
    ]);
    write('02-goes-on', [
      cell('let steps = 0;'),
      cell('steps += 10;\nconsole.log("after", steps, "of them");'),
      cell('console.log("the end");'),
      cell('steps += 1;\nconsole.log("then", steps);'),
    ]);
    const { code, stdout } = await course([
      ...['--notebooks', notebooks, '--out', path.join(folder, 'out-twice'), '--twice'],
    ]).outcome;
    expect([code, stdout]).toEqual([1, expect.stringContaining('✓ 01-afresh')]);
    expect(stdout).toContain('✗ 02-goes-on, code cell [2]');
    expect(stdout).toContain('each must begin afresh');
    expect(stdout).toMatch(/first: +after 10 of them$/m);
    expect(stdout).toMatch(/second: after 20 of them$/m);
    expect(stdout).toMatch(/code cell \[4\] \(cell 4\)$/m);
    expect(stdout).not.toContain('code cell [3]');
  }, 180_000);

  describe('interrupted', { timeout: 300_000 }, () => {
    it.each([
      ['SIGINT', 130, 'ipc'],
      ['SIGKILL', null, 'ipc'],
      ['SIGINT', 130, 'tcp'],
      ['SIGKILL', null, 'tcp'],
    ] as const)(
      'by %s leaves no kernel behind, and no key (%s, over %s)',
      async (signal, code, transport) => {
        const pidFile = path.join(folder, `pids-${signal}-${transport}`);
        // Short: the path of a socket has little room.
        const temporary = mkdtempSync('/tmp/s-');
        const { child, outcome } = course(
          ['--notebooks', fixtures, '--out', path.join(folder, 'out-interrupted'), '--only', '04'],
          {
            SELFSUP_TEST_PIDS: pidFile,
            SELFSUP_KERNEL_TRANSPORT: transport,
            ...{ TMPDIR: temporary, XDG_RUNTIME_DIR: temporary },
          },
        );
        // Over TCP the key lies in the clone's own folder, where other runs may have theirs.
        const runtime = path.join(root, '.venv/jupyter-home/runtime');
        const filesIn = (place: string) =>
          existsSync(place) ? (readdirSync(place, { recursive: true }) as string[]) : [];
        const others = new Set(filesIn(runtime));
        const keys = () => [
          ...filesIn(temporary).filter((name) => /\.json$|kernel-|^selfsup-/.test(name)),
          ...filesIn(runtime).filter((name) => name.endsWith('.json') && !others.has(name)),
        ];
        expect(await until(() => existsSync(pidFile), 90)).toBe(true);
        const pids = readFileSync(pidFile, 'utf8').split(' ').map(Number);
        expect(pids.map(isAlive)).toEqual([true, true]);
        expect(keys().filter((name) => name.endsWith('.json'))).toHaveLength(1);
        child.kill(signal);
        const ended = await outcome;
        expect(ended.code).toBe(code);
        expect(await until(() => !pids.some(isAlive), 20)).toBe(true);
        await until(() => keys().length === 0, 20);
        expect(keys()).toEqual([]);
        if (code !== null) expect(ended.stdout).toContain('no kernel left running');
        rmSync(temporary, { recursive: true, force: true });
      },
    );

    it('ends the kernel also when the program that drives it is killed', async () => {
      const pidFile = path.join(folder, 'pids-driver');
      const { outcome } = course(
        ['--notebooks', fixtures, '--out', path.join(folder, 'out-driver'), '--only', '04'],
        { SELFSUP_TEST_PIDS: pidFile },
      );
      expect(await until(() => existsSync(pidFile), 40)).toBe(true);
      const pids = readFileSync(pidFile, 'utf8').split(' ').map(Number);
      const driver = execFileSync('ps', ['-o', 'ppid=', '-p', String(pids[0])], {
        encoding: 'utf8',
      });
      process.kill(Number(driver), 'SIGKILL');
      const { code, stdout } = await outcome;
      expect(code).toBe(1);
      expect(stdout).toContain('ended early (SIGKILL)');
      expect(await until(() => !pids.some(isAlive), 5)).toBe(true);
    });
  });
});
