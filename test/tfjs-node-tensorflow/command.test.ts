import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findingLine, runCommand } from '../../lib/tfjs-node-tensorflow/src/command';
import { terminalProgress } from '../../lib/tfjs-node-tensorflow/src/terminal-progress';
import { StubProject } from './stub-project';

let project: StubProject;
let said: string[];
let complained: string[];
beforeEach(() => {
  project = new StubProject([]);
  said = [];
  complained = [];
  vi.spyOn(console, 'log').mockImplementation((text) => void said.push(text));
  vi.spyOn(console, 'error').mockImplementation((text) => void complained.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  project.delete();
});

describe('the command', () => {
  it('explains itself', async () => {
    expect(await runCommand(['--help'])).toBe(0);
    expect(said.join()).toMatch(/npx tfjs-node-tensorflow install .*\n.*doctor/);
    expect(await runCommand(['--version'])).toBe(0);
    expect(said.at(-1)).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.each([[[]], [['instal']], [['install', 'twice']], [['install', '--gpus']]])(
    'refuses %j with status 2',
    async (args) => {
      expect(await runCommand(args)).toBe(2);
      expect(complained.join()).toContain('npx tfjs-node-tensorflow doctor');
    },
  );

  it('says a failure in one sentence, with the options it was given', async () => {
    expect(await runCommand(['install', '--gpu', '--cwd', project.root])).toBe(1);
    expect(complained).toEqual([
      expect.stringMatching(
        /^@tensorflow\/tfjs-node-gpu was not found from .*, then run "npx tfjs-node-tensorflow install --gpu" again\.$/,
      ),
    ]);
  });

  it('counts what doctor finds', async () => {
    const args = ['doctor', '--cwd', project.root, '--cache-dir', project.cache];
    expect(await runCommand(args)).toBe(1);
    expect(said).toContainEqual(expect.stringMatching(/^✗ tfjs-node {12}@tensorflow.* → run "npm/));
    expect(said.at(-1)).toMatch(/^\n\d things? to fix, see → above\.$/);
  });
});

it('writes a finding as one line', () => {
  const base = { subject: 'node', title: 'Node', found: '22.0.0' } as const;
  expect(findingLine({ ...base, state: 'ok' })).toBe('✓ Node                 22.0.0');
  expect(findingLine({ ...base, state: 'problem', fix: 'run it' })).toMatch(/^✗ .* → run it$/);
});

describe('progress', () => {
  it('is a line per stage where nobody looks on', () => {
    let text = '';
    const { report, end } = terminalProgress({ write: (chunk) => (text += chunk) });
    for (const done of [1, 2, 3]) report({ stage: 'download', message: `${done} of 3 MB` });
    report({ stage: 'compile', message: 'compiling' });
    end();
    expect(text).toBe('1 of 3 MB\ncompiling\n');
  });

  it('is redrawn in a terminal, but a repair stays to be read', () => {
    let text = '';
    const { report, end } = terminalProgress({
      isTTY: true,
      columns: 11,
      write: (chunk) => (text += chunk),
    });
    report({ stage: 'repair', message: 'a library is damaged' });
    report({ stage: 'download', message: '1 of 259 MB downloaded' });
    end();
    expect(text).toBe('\r\u001b[2Ka library is damaged\n\r\u001b[2K1 of 259 M\r\u001b[2K');
  });
});
