import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { removeSourceMaps } from '../../../tools/site/source-maps.mjs';

it('removes maps of scripts and styles, and what names them, and nothing else', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'selfsup-source-maps-'));
  try {
    mkdirSync(path.join(folder, 'styles'));
    const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
    write('a.js', 'run();\n//# sourceMappingURL=a.js.map\n');
    write('a.js.map', '{}');
    write('styles/b.css', 'a { top: 0 }\n/*# sourceMappingURL=b.css.map*/');
    write('styles/b.css.map', '{}');
    write('alone.js.map', '{}');
    write('treasure.map', 'x');
    removeSourceMaps(folder);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(
      ['a.js', 'styles', path.join('styles', 'b.css'), 'treasure.map'].sort(),
    );
    expect(readFileSync(path.join(folder, 'a.js'), 'utf8')).toBe('run();\n\n');
    expect(readFileSync(path.join(folder, 'styles/b.css'), 'utf8')).toBe('a { top: 0 }\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
