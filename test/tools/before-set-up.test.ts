import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const TOOLS = join(__dirname, '../../tools');

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
  it.each([
    ...['course', 'doctor', 'hub', 'my-work', 'setup', 'site', 'slides', 'start'],
    ...['study', 'teach', 'test'],
  ])('npm run %s needs no package before', (command) => {
    expect(packagesLoadedBy(`${command}.mjs`)).toEqual([]);
  });

  it('are told from one that does', () => {
    expect(packagesLoadedBy('check-notebooks.mjs')).toContain(
      'typescript, by notebooks/joined-module.mjs',
    );
  });
});
