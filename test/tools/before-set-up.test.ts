import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = join(__dirname, '../..');
const TOOLS = join(ROOT, 'tools');
/** Commands that set the course up where it is not. */
const COMMANDS = [
  ...['checkpoint', 'course', 'doctor', 'hub', 'my-work', 'setup', 'site', 'slides'],
  ...['start', 'study', 'teach', 'test'],
];

/** Packages that a program has loaded before its first line runs, each with the file that asks for it. */
function packagesLoadedBy(program: string): string[] {
  const seen = new Set<string>();
  const found: string[] = [];
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    // Whole statements: `await import(…)` loads later.
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\b[^;]*?\bfrom '([^']+)';/gm,
    )) {
      if (from.startsWith('.')) visit(resolve(dirname(file), from));
      else if (!from.startsWith('node:')) found.push(`${from}, by ${file.slice(TOOLS.length + 1)}`);
    }
  };
  visit(join(TOOLS, program));
  return found;
}

describe('commands that set the course up where it is not', () => {
  it.each(COMMANDS)('npm run %s needs no package before', (command) => {
    expect(packagesLoadedBy(`${command}.mjs`)).toEqual([]);
  });

  it('are told from one that does', () => {
    expect(packagesLoadedBy('check-notebooks.mjs')).toContain(
      'typescript, by notebooks/joined-module.mjs',
    );
  });
});

describe('on a Node that cannot read the modules of the commands', () => {
  const GUARD = './tools/setup/refuse-old-node.cjs';
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

  /** Loads the guard on a Node that says it is another version. */
  const guardedBy = (version: string) =>
    spawnSync(
      process.execPath,
      [
        '-e',
        `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); require('${GUARD}')`,
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );

  it.each(COMMANDS)('npm run %s is guarded', (command) => {
    expect(scripts[command]).toBe(`node -r ${GUARD} tools/${command}.mjs`);
  });

  it.each(['12.22.12', '14.21.3', '16.16.0'])('a sentence refuses Node %s', (version) => {
    const { status, stderr } = guardedBy(version);
    expect(stderr.trim()).toBe(
      `This is Node ${version}, and the course runs on Node 20 to 26; install Node 22 (nodejs.org, or "nvm install 22"), ` +
        'then run "npm run setup" again.',
    );
    expect(status).toBe(1);
  });

  it.each(['18.20.4', '20.0.0', '27.0.0'])('Node %s is left to set-up', (version) => {
    expect(guardedBy(version)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each(['refuse-old-node', 'supported-node'])('%s.cjs has no syntax newer than 2015', (name) => {
    const source = readFileSync(join(TOOLS, 'setup', `${name}.cjs`), 'utf8');
    const written = (target: ts.ScriptTarget) =>
      ts.transpileModule(source, { compilerOptions: { target } }).outputText;
    expect(written(ts.ScriptTarget.ES2015)).toBe(written(ts.ScriptTarget.ESNext));
  });
});
