import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replacedWords } from '../../tools/notebooks/wording.mjs';

const ROOT = join(__dirname, '../..');
const packages = readdirSync(join(ROOT, 'lib')).map((name) => join('lib', name));
const documents = ['.', 'bench', 'data', 'notebooks', 'studies', 'teaching', ...packages].flatMap(
  (folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
);

describe('the words of the documents', () => {
  it('are those of README, CONTRIBUTING and others', () => {
    expect(documents).toEqual(
      expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'notebooks/README.md']),
    );
  });

  it.each(documents)('%s has none that was replaced', (name) => {
    expect(replacedWords(readFileSync(join(ROOT, name), 'utf8'))).toEqual([]);
  });

  it('are found, but not in code', () => {
    expect(replacedWords('We mended it. `mend()`')).toEqual([{ found: 'mended', instead: 'fix' }]);
    expect(replacedWords('`mend()`\n\n```\nmend\n```')).toEqual([]);
  });
});
