import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const execute = promisify(execFile);
const ROOT = join(__dirname, '../../..');
const SUBPATHS = Object.keys(require(join(ROOT, 'lib/selfsup/package.json')).exports).filter(
  (name) => name !== './package.json',
);

/** Runs a program in a process of its own and returns what its `answer` became. */
async function run(program: string): Promise<unknown> {
  const script = `
    const engineIsLoaded = () =>
      Object.keys(require.cache).some((file) => /tfjs-node(-gpu)?[\\\\/]dist[\\\\/]|tfjs_binding/.test(file));
    const reluGradient = () => require('@tensorflow/tfjs').getGradient('Relu').gradFunc.toString();
    let answer;
    ${program}
    console.log(JSON.stringify(answer));`;
  const { stdout } = await execute(process.execPath, ['-e', script], { cwd: ROOT });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string);
}

describe('importing', () => {
  it('any part of selfsup loads no TensorFlow and changes no gradient', async () => {
    const names = SUBPATHS.map((subpath) => subpath.replace('.', 'selfsup'));
    expect(names).toContain('selfsup/losses');
    const answer = await run(`
      const before = reluGradient();
      answer = ${JSON.stringify(names)}.map((name) => {
        const found = Object.keys(require(name)).length > 0;
        return { name, found, loaded: engineIsLoaded(), patched: reluGradient() !== before };
      });`);
    expect(answer).toEqual(
      names.map((name) => ({ name, found: true, loaded: false, patched: false })),
    );
  });

  it('what needs no TensorFlow runs without it', async () => {
    const answer = await run(`
      const { tokenize, splitSentences } = require('selfsup/text');
      const { lineChart } = require('selfsup/plots');
      const words = tokenize('A first sentence.');
      const chart = lineChart({ title: 't', description: 'd', xLabel: 'x', yLabel: 'y', series: [{ name: 'a', y: [1, 2] }] });
      answer = [words.slice(0, 2), splitSentences('One. Two.').length, chart.title, engineIsLoaded()];`);
    expect(answer).toEqual([['a', 'first'], 2, 't', false]);
  });
});

describe('the first use', () => {
  it('of tf loads the engine, and native gradients with it', async () => {
    const answer = await run(`
      const before = reluGradient();
      const { tf } = require('selfsup');
      const one = tf.scalar(1);
      answer = [engineIsLoaded(), reluGradient() !== before, tf.getBackend(), one instanceof tf.Tensor,
        Object.keys(tf).includes('tensor'), 'tensor' in tf, tf === require('selfsup/runtime').tf];`);
    expect(answer).toEqual([true, true, 'tensorflow', true, true, true, true]);
  });

  it('of a random stream loads the engine', async () => {
    const answer = await run(`
      const { RandomStream } = require('selfsup/runtime');
      const before = engineIsLoaded();
      const drawn = new RandomStream([1, 2]).uniform([2]);
      answer = [before, engineIsLoaded(), drawn.shape];`);
    expect(answer).toEqual([false, true, [2]]);
  });

  it('may be of an ES module, by name or as a namespace', async () => {
    const program = `
      import { tf } from 'selfsup';
      import { ntXentLoss } from 'selfsup/losses';
      const loss = ntXentLoss(tf.eye(2), tf.eye(2), { temperature: 1 });
      const whole = await import('selfsup');
      console.log(loss.dataSync()[0].toFixed(4), whole.tf === tf);`;
    const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', program], {
      cwd: ROOT,
    });
    expect(stdout.trim()).toBe('0.5514 true');
  });
});

describe('subpaths have types', () => {
  it.each([
    ['typescript', 'Node10', 'CommonJS'],
    ['typescript', 'Node16', 'Node16'],
    ['@tslab/typescript-for-tslab', 'Node10', 'CommonJS'],
  ])('for %s with %s resolution', async (compiler, moduleResolution, module) => {
    // Inside the repository, so that packages are found; ignored by git.
    const file = join(ROOT, 'node_modules', `.subpaths-${process.pid}.ts`);
    writeFileSync(
      file,
      `import { tokenize } from 'selfsup/text';
       import { ntXentLoss } from 'selfsup/losses';
       import { tf } from 'selfsup/runtime';
       const words: string[] = tokenize('a b');
       const z: tf.Tensor2D = tf.eye(2);
       const loss: tf.Scalar = ntXentLoss(z, z, { temperature: 0.5 });
       export const isTensor: boolean = loss instanceof tf.Tensor && words.length > 0;
       // @ts-expect-error a number is no text
       tokenize(3);`,
    );
    const options = ['--strict', '--noEmit', '--skipLibCheck', '--target', 'ES2022'];
    const how = ['--module', module, '--moduleResolution', moduleResolution, '--types', 'node'];
    try {
      await execute(
        process.execPath,
        [join(ROOT, 'node_modules', compiler, 'bin/tsc'), ...options, ...how, file],
        { cwd: ROOT },
      );
    } catch (error) {
      expect((error as { stdout: string }).stdout).toBe('');
      throw error;
    } finally {
      rmSync(file);
    }
  });
});
