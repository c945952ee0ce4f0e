import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { folderOf } from '../selfsup/data/image-folder/pictures';
import { runExample } from './run-example';
import { stripedClasses, stripes, troubles } from './striped-pictures';

const search = (...args: string[]) => runExample('search.ts', ...args);
/** The files found, in their order. */
const found = (stdout: string) =>
  [...stdout.matchAll(/^ +\d+ +-?\d\.\d{3} {2}(.+)$/gm)].map(([, file]) => file);

describe('examples/search.ts', { timeout: 600_000 }, () => {
  it('says how it is used', async () => {
    const { status, stdout } = await search('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('npx ts-node examples/search.ts FOLDER QUERY [options]');
  });

  it.each([
    [['.'], 'Name a picture to search by, or --duplicates'],
    [['.', 'a.png', '--encoder', 'resnet'], '--encoder is "resnet"'],
    [
      ['.', '-Urlaub.png'],
      `Unknown option '-U'. What begins with a dash and is no option stands at the end, after "--".\n`,
    ],
    [['lib', 'a.png', '--out', __filename], 'which cannot be a folder (a file has this name)'],
    [['.', 'a.png', '--out', 'found/now'], 'which lies in'],
    [['.', 'a.png', '--out', '.'], 'which lies in'],
    [['.', 'a.png', '--out', 'found at 12:30'], 'which lies in'],
    [
      ['.', '--duplicates', '--threshold', '2'],
      '--threshold is "2"; expected a number above 0 and at most 1.',
    ],
  ])('refuses %j and shows the options', async (args, message) => {
    const { status, stderr } = await search(...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--encoder X');
    expect(status).toBe(2);
  });

  describe('in a folder with damaged files and a copy', () => {
    let folder: string;
    let out: string;
    const own = () => ['--encoder', 'random', '--out', out];
    beforeAll(() => {
      folder = folderOf({
        ...stripedClasses(12),
        ...troubles,
        'a.html': Buffer.from('<p>"x"</p>'),
      });
      out = folderOf();
    });

    it('finds what is similar, names what it skips, and keeps the features for the next time', async () => {
      const query = join(folder, 'upright/5.png');
      const first = await search(folder, query, '--matches', '5', ...own());
      expect(first.stderr).toBe('');
      expect(first.status).toBe(0);
      expect(first.stdout).toContain('skipped lying/cut short.png: cut short or damaged');
      expect(first.stdout).toContain('skipped lying/notes.txt: not a JPEG, PNG, BMP or GIF file');
      expect(first.stdout).toContain('1 left out as duplicates');
      expect(found(first.stdout)).toHaveLength(5);
      // Not itself.
      expect(found(first.stdout)).not.toContain('upright/5.png');
      expect(
        readFileSync(join(out, 'most-similar-by-an-untrained-encoder.png'))
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG');
      const page = readFileSync(join(out, 'results.html'), 'utf8');
      for (const file of found(first.stdout))
        expect(page).toContain(encodeURIComponent(`${file}`.split('/')[1] as string));
      expect(page).not.toMatch(/https?:|<script/);

      const kept = () => statSync(join(out, 'features.safetensors')).mtimeMs;
      const before = kept();
      const again = await search(folder, query, '--matches', '5', ...own());
      expect(found(again.stdout)).toEqual(found(first.stdout));
      expect(kept()).toBe(before);
      writeFileSync(join(out, 'features.safetensors'), 'damaged');
      expect(found((await search(folder, query, '--matches', '5', ...own())).stdout)).toEqual(
        found(first.stdout),
      );
    });

    it('takes a query from elsewhere: the same picture larger finds it first', async () => {
      const query = join(folderOf({ 'large.png': stripes(7, 'lying', 160) }), 'large.png');
      const { stdout } = await search(folder, query, '--encoder', 'pixels', '--out', out);
      expect(found(stdout)[0]).toBe('lying/7.png');
      expect(found(stdout)).toHaveLength(12);
    });

    it('takes what stands after -- for a file, whatever it begins with', async () => {
      const { stderr, status } = await search(folder, ...own(), '--', '-h');
      expect(stderr).toContain(`${resolve('-h')} does not exist`);
      expect(status).toBe(1);
    });

    it('says that a query cannot be read', async () => {
      const notes = join(folder, 'lying/notes.txt');
      const { status, stdout, stderr } = await search(folder, notes, ...own());
      expect(stderr).toMatch(/notes\.txt cannot be read: not a JPEG/);
      expect(stderr).not.toContain('--encoder X');
      expect(status).toBe(1);
      // Before the folder is read.
      expect(stdout).not.toContain('skipped');
    });

    it('finds what was saved again', async () => {
      const file = 'lying/7 from a message.png';
      const doubled = folderOf({ ...stripedClasses(12), [file]: stripes(7, 'lying', 80) });
      const { stdout } = await search(doubled, '--duplicates', '--out', out);
      expect(stdout).toMatch(
        /with \d+ pictures that are nearly the same \(cosine from 0\.995, by pixels\)/,
      );
      expect(stdout).toMatch(/^ {2}lying\/7 from a message\.png {2}lying\/7\.png$/m);
      expect(readFileSync(join(out, 'results.html'), 'utf8')).toContain('<h2>Group 1</h2>');
    });

    it('names exact copies, which are left out when the folder is read', async () => {
      const twins = folderOf({
        'a.png': stripes(1, 'lying'),
        'copy of c.png': stripes(2, 'upright'),
        'c.png': stripes(2, 'upright'),
        'd.png': stripes(2, 'upright', 80),
      });
      const one = ['--duplicates', '--threshold', '1', '--out', out];
      const { stdout } = await search(twins, ...one);
      expect(stdout).toMatch(/^1 group with [23] pictures that are nearly the same/m);
      expect(stdout).toMatch(/^ {2}c\.png {2}copy of c\.png( {2}d\.png)?$/m);
      const page = readFileSync(join(out, 'results.html'), 'utf8');
      expect(page).toContain('<figcaption>copy of c.png</figcaption>');
    });
  });

  it('is a sentence for an empty folder', async () => {
    const empty = await search(
      folderOf(),
      '--duplicates',
      '--encoder',
      'pixels',
      '--out',
      folderOf(),
    );
    expect(empty.stderr).toMatch(/holds no image.*it is empty/);
    expect(empty.status).toBe(1);
  });

  it('works with two pictures, and with one', async () => {
    const two = folderOf({ 'a.png': stripes(1, 'lying'), 'b.png': stripes(2, 'upright') });
    const out = folderOf();
    const options = ['--encoder', 'random', '--out', out];
    expect(found((await search(two, join(two, 'a.png'), ...options)).stdout)).toEqual(['b.png']);
    const one = folderOf({ 'a.png': stripes(1, 'lying') });
    expect((await search(one, join(one, 'a.png'), ...options)).stdout).toContain(
      'The folder holds no other picture.',
    );
    expect(existsSync(join(out, 'results.html'))).toBe(true);
  });
});
