import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the linter says of a source in `lib/` of a folder with the course's settings. */
function lint(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'length-rules-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  mkdirSync(join(folder, 'lib/selfsup/src'), { recursive: true });
  writeFileSync(join(folder, 'lib/selfsup/src/planted.ts'), source);
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [biome, 'lint', '--vcs-enabled=false', '--max-diagnostics=none', 'lib'],
    { cwd: folder, encoding: 'utf8' },
  );
  return `${stdout}${stderr}`;
}

const statements = (count: number) =>
  Array.from({ length: count }, (_, i) => `  console.log(${i});`).join('\n');
const functionOf = (lines: number) => `export function long(): void {\n${statements(lines)}\n}\n`;

describe('lengths in lib/', () => {
  it('refuses a function of more than 80 lines', () => {
    expect(lint(functionOf(85))).toContain('noExcessiveLinesPerFunction');
    expect(lint(functionOf(70))).not.toContain('noExcessive');
  });

  it('refuses a file of more than 350 lines', () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, i) => `export const n${i} = ${i};`).join('\n');
    expect(lint(lines(360))).toContain('noExcessiveLinesPerFile');
    expect(lint(lines(340))).not.toContain('noExcessive');
  });
});
