import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { saveModel, visionTransformer } from 'selfsup';
import { describe, expect, it } from 'vitest';
import { folderOf } from '../selfsup/data/image-folder/pictures';
import { interruptExample, runExample } from './run-example';
import { stripedClasses, stripes, troubles } from './striped-pictures';

const pretrain = (...args: string[]) => runExample('pretrain.ts', ...args);

describe('examples/pretrain.ts --images', { timeout: 600_000 }, () => {
  it('trains on a folder, goes on, and search.ts, label.ts and --from take what it saves', async () => {
    const folder = folderOf({ ...stripedClasses(12), ...troubles });
    const out = folderOf();
    const run = ['--images', folder, '--batch', '8', '--out', out];
    const first = await pretrain(...run, '--epochs', '1');
    expect(first.stderr).not.toContain('rror');
    expect(first.status).toBe(0);
    expect(first.stdout).toContain('skipped lying/empty.jpg: empty');
    expect(first.stdout).toContain('24 images (22 train, 2 validation, 0 test) of 2 classes');
    expect(first.stdout).toContain('22 images to train on, from an untrained encoder.');
    expect(first.stdout).toMatch(
      /Before, an untrained encoder: kNN [\d.]+ %, linear probe [\d.]+ % \(validation split, n = 2\)/,
    );
    expect(first.stdout).toMatch(/After 2 steps of SimCLR: kNN/);
    expect((await pretrain(...run, '--epochs', '2')).stderr).toContain('is of an earlier run');
    const second = await pretrain(...run, '--epochs', '2', '--resume');
    expect(second.stdout).toMatch(/After 4 steps of SimCLR/);
    // The page is that of the last run, and shows its chart; the chart of the run before is still there.
    const page = readFileSync(join(out, 'results.html'), 'utf8');
    expect(page).toContain('<p>22 images, seed 1.</p>');
    expect(page).toMatch(/<p>After 4 steps of SimCLR: kNN [\d.]+ %/);
    expect(page).toContain('alt="Mean loss of each of 2 epochs; the last is ');
    const chart = decodeURIComponent(/<img src="([^"]+)"/.exec(page)?.[1] as string);
    expect(chart).toBe(`simclr-on-${basename(folder).toLowerCase()}-τ-0-1-2.png`);
    for (const name of [chart, chart.replace('-2.png', '.png')]) {
      const bytes = readFileSync(join(out, name));
      expect(bytes.subarray(1, 4).toString('latin1')).toBe('PNG');
      expect(bytes.length).toBeGreaterThan(5000);
    }

    const encoder = join(out, 'encoder.safetensors');
    const others = folderOf();
    const own = ['--encoder', encoder, '--out', others];
    const found = await runExample('search.ts', folder, join(folder, 'lying/1.png'), ...own);
    expect(found.stderr).toBe('');
    expect(found.stdout).toMatch(/^ +1 +\d\.\d{3} {2}\S/m);
    const third = await pretrain(
      '--images',
      folder,
      '--from',
      encoder,
      '--batch',
      '8',
      '--epochs',
      '1',
      '--out',
      others,
    );
    expect(third.stdout).toContain(`from the encoder in ${encoder}`);
    await saveModel(encoder, visionTransformer({ inputShape: [8, 8, 3], blocks: 1 }));
    const unknown = await runExample('search.ts', folder, '--duplicates', ...own);
    expect(unknown.stderr).toContain('holds a model from [any, 8, 8, 3] to [any, 96]; expected');
    expect(unknown.status).toBe(1);
  });

  it('stops on Ctrl-C and keeps what it has learned; --resume ends where one that was never stopped ends', async () => {
    const folder = folderOf(stripedClasses(10));
    const [stopped, whole] = [folderOf(), folderOf()];
    const run = ['--images', folder, '--batch', '8', '--epochs', '80'];
    const first = await interruptExample('pretrain.ts', /^Training: /m, ...run, '--out', stopped);
    expect(first.stderr).toBe('');
    expect(first.status).toBe(0);
    const done = Number(/Interrupted after (\d+) of 160 steps/.exec(first.stdout)?.[1]);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(160);
    expect(first.stdout).toMatch(new RegExp(`After ${done} steps? of SimCLR: kNN`));
    for (const file of ['encoder.safetensors', 'results.html']) {
      expect(existsSync(join(stopped, file)), file).toBe(true);
    }
    expect(first.stdout).toContain('The same command with --resume goes on.');
    const rest = await pretrain(...run, '--out', stopped, '--resume');
    expect(rest.stdout).toContain('Finished after 160 steps');
    // It went on from there.
    expect(/^Training: (\d+) of 160 steps/m.exec(rest.stdout)?.[1]).toBe(String(done + 1));
    await pretrain(...run, '--out', whole);
    const encoderIn = (out: string) => readFileSync(join(out, 'encoder.safetensors'));
    expect(encoderIn(stopped).equals(encoderIn(whole))).toBe(true);
  });

  it('reads pictures beside the subfolders with --classes none', async () => {
    const folder = folderOf({ ...stripedClasses(2), 'beside.png': stripes(5, 'lying') });
    const run = ['--images', folder, '--epochs', '1', '--classes', 'none', '--out', folderOf()];
    const { stdout, status } = await pretrain(...run);
    expect(stdout).toContain('5 images to train on, from an untrained encoder.');
    expect(stdout).toContain('no two classes to judge by');
    expect(status).toBe(0);
  });

  it.each([
    ['without subfolders', ''],
    ['of one class', 'all/'],
  ])('trains on every picture %s, for nothing is judged by some of them', async (_, place) => {
    const pictures = Array.from({ length: 10 }, (_one, n) => [
      `${place}${n}.png`,
      stripes(n, 'lying'),
    ]);
    const folder = folderOf(Object.fromEntries(pictures));
    const run = ['--images', folder, '--epochs', '1', '--out', folderOf()];
    const { stdout, stderr } = await pretrain(...run);
    expect(stderr).toBe('');
    expect(stdout.match(/10 images \(10 train, 0 validation, 0 test\)/g)).toHaveLength(1);
    expect(stdout.match(/^Reading .*: 10 files/gm)).toHaveLength(1);
    expect(stdout).toContain('10 images to train on, from an untrained encoder.');
    expect(stdout).toContain('Training: 1 step ');
    expect(stdout).toContain('Finished after 1 step. The weights are trained');
    expect(stdout).toContain('no two classes to judge by; the features of 10 images');
  });

  it('works with two pictures of one class, and says in a sentence that one, or none, is too few', async () => {
    const two = folderOf({
      'only/a.png': stripes(1, 'lying'),
      'only/b.png': stripes(2, 'upright'),
    });
    const out = folderOf();
    const trained = await pretrain('--images', two, '--epochs', '2', '--out', out);
    expect(trained.status).toBe(0);
    expect(trained.stdout).toContain(
      'no two classes to judge by; the features of 2 images differ in 1.0 of 128 directions',
    );
    expect(existsSync(join(out, 'encoder.safetensors'))).toBe(true);
    const one = await pretrain(
      '--images',
      folderOf({ 'a.png': stripes(1, 'lying') }),
      '--out',
      folderOf(),
    );
    expect(one.stderr).toMatch(/there is one picture to train on in .*expected 2 or more/);
    expect(one.status).toBe(1);
    const none = await pretrain('--images', folderOf(), '--out', folderOf());
    expect(none.stderr).toMatch(/holds no image/);
    expect(none.status).toBe(1);
  });

  it.each([
    [['--from', 'pixels'], '--from is "pixels", which has no weights; expected'],
    [['--from', 'nothing.safetensors'], '--from is "nothing.safetensors", and there is no file'],
  ])('refuses %j and shows the options', async (args, message) => {
    const { status, stderr } = await pretrain(...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--images FOLDER');
    expect(status).toBe(2);
  });
});
