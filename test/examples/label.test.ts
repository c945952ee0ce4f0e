import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf } from '../selfsup/data/image-folder/pictures';
import { runExample } from './run-example';
import { stripedClasses, stripes, troubles } from './striped-pictures';

const label = (...args: string[]) => runExample('label.ts', ...args);
const rows = (out: string) => readFileSync(join(out, 'labels.csv'), 'utf8').trimEnd().split('\n');

describe('examples/label.ts', { timeout: 600_000 }, () => {
  it('says how it is used', async () => {
    const { status, stdout } = await label('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('npx ts-node examples/label.ts EXAMPLES PICTURES [options]');
  });

  it.each([
    [['.'], 'Name two folders: examples by class, and the pictures to label.'],
    [['.', 'elsewhere', '--out', 'results'], 'which lies in'],
    [['.', '.', '--encoder', 'none'], '--encoder is "none"'],
  ])('refuses %j and shows the options', async (args, message) => {
    const { status, stderr } = await label(...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--encoder X');
    expect(status).toBe(2);
  });

  it('labels pictures from ten examples of each class, and says how far to trust it', async () => {
    const examples = folderOf({ ...stripedClasses(10), ...troubles });
    const pictures = folderOf({
      'one, with a comma.png': stripes(20, 'upright'),
      'deep/below/two.png': stripes(21, 'lying'),
      'three.png': stripes(22, 'upright'),
      'copy of three.png': stripes(22, 'upright'),
      'damaged.png': stripes(23, 'lying').subarray(0, 100),
    });
    const out = folderOf();
    const { stdout, stderr, status } = await label(
      examples,
      pictures,
      '--encoder',
      'random',
      '--out',
      out,
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('Examples: 10 lying, 10 upright.');
    expect(stdout).toMatch(
      /Right on 4 held-out examples: by an untrained encoder [\d.]+ %, by pixels [\d.]+ %, always the most frequent class 50\.0 %/,
    );
    // Wilson's interval of 4 of 4, of 3 and so on; never a point.
    expect(stdout).toMatch(
      /anywhere from (51\.0 % to 100\.0|30\.1 % to 95\.4|15\.0 % to 85\.0|4\.6 % to 69\.9|0\.0 % to 49\.0) %/,
    );
    expect(stdout).toContain('skipped damaged.png');
    const [heading, ...lines] = rows(out);
    expect(heading).toBe('file,label,probability');
    expect(lines.map((line) => line.replace(/,0?1?\.\d{4}$|,1\.0000$/, ''))).toEqual([
      'copy of three.png,upright',
      'deep/below/two.png,lying',
      '"one, with a comma.png",upright',
      'three.png,upright',
    ]);
    const page = readFileSync(join(out, 'results.html'), 'utf8');
    expect(page).toContain('one%2C%20with%20a%20comma.png');
    expect(page).toContain('<h2>lying: 1, the most certain</h2>');
    expect(
      readFileSync(
        join(out, `the-least-certain-labels-of-${pictures.split('/').at(-1)?.toLowerCase()}.png`),
      ).length,
    ).toBeGreaterThan(1000);
  });

  it('keeps labels that were corrected by hand', async () => {
    const examples = folderOf(stripedClasses(2));
    const pictures = folderOf({ 'a.png': stripes(20, 'upright') });
    const out = folderOf();
    const again = () => label(examples, pictures, '--encoder', 'random', '--out', out);
    expect((await again()).stdout).not.toContain('are kept');
    const own = readFileSync(join(out, 'labels.csv'), 'utf8');
    // The same labels once more are no loss.
    expect((await again()).stdout).not.toContain('are kept');
    writeFileSync(join(out, 'labels.csv'), 'by hand');
    writeFileSync(join(out, 'labels.1.csv'), 'earlier');
    expect((await again()).stdout).toContain(
      `The labels that were there are kept: ${join(out, 'labels.2.csv')}`,
    );
    expect(readFileSync(join(out, 'labels.csv'), 'utf8')).toBe(own);
    expect(readFileSync(join(out, 'labels.1.csv'), 'utf8')).toBe('earlier');
    expect(readFileSync(join(out, 'labels.2.csv'), 'utf8')).toBe('by hand');
  });

  it('makes no claim from two examples of each class', async () => {
    const pictures = folderOf({ 'a.png': stripes(20, 'upright') });
    const out = folderOf();
    const { stdout } = await label(
      folderOf(stripedClasses(2)),
      pictures,
      '--encoder',
      'random',
      '--out',
      out,
    );
    expect(stdout).toContain('Too few examples to hold any out');
    expect(stdout).not.toContain('Right on');
    expect(rows(out)).toHaveLength(2);
  });

  it.each([
    [
      'one class',
      { 'upright/1.png': stripes(1, 'upright') },
      /has one class, "upright"; expected a subfolder/,
    ],
    ['no classes', { '1.png': stripes(1, 'upright') }, /has no subfolders/],
  ])('is a sentence for %s', async (_, files, message) => {
    const pictures = folderOf({ 'a.png': stripes(20, 'upright') });
    const { status, stderr } = await label(
      folderOf(files),
      pictures,
      '--encoder',
      'random',
      '--out',
      folderOf(),
    );
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
  });

  it.each([
    ['the folder of examples is empty', {}, { 'a.png': stripes(20, 'upright') }, 'examples'],
    ['the folder of pictures is empty', stripedClasses(2), {}, 'pictures'],
    ['no picture can be read', stripedClasses(2), { 'empty.jpg': Buffer.alloc(0) }, 'pictures'],
  ])('is a sentence where %s', async (_, examples, pictures, which) => {
    const folders = { examples: folderOf(examples), pictures: folderOf(pictures) };
    const out = folderOf();
    const { status, stderr } = await label(folders.examples, folders.pictures, '--out', out);
    const named = folders[which as keyof typeof folders];
    expect(stderr).toMatch(/^imageFolder: .* holds no image that can be read.*Expected JPEG/);
    expect(stderr).toContain(named);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
    expect(readdirSync(out)).toEqual([]);
  });
});
