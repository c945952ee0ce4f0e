import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import 'selfsup';
import ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';
import { exampleOf } from '../../tools/test/readme-example.mjs';

const folder = join(__dirname, '../../lib/tfjs-compile');

describe('the package', () => {
  it('has a README whose first example runs and learns', () => {
    const { source } = exampleOf(join(folder, 'README.md'));
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
      new Function('require', 'exports', outputText)(createRequire(__filename), {});
      const losses = log.mock.calls.map(([loss]) => loss as number);
      expect(losses).toHaveLength(30);
      expect(losses[29]).toBeLessThan((losses[0] as number) / 1.05);
    } finally {
      log.mockRestore();
    }
  });

  it.each(['require', 'import'])(
    'changes nothing of TensorFlow.js by being loaded with %s',
    (how) => {
      const load = how === 'import' ? "await import('tfjs-compile')" : "require('tfjs-compile')";
      const program = `
      const tf = require('@tensorflow/tfjs');
      (async () => {
        const own = () => [...Object.keys(tf.engine()), ...Object.keys(tf.Tensor.prototype), tf.getGradient('Relu').gradFunc, Math.random];
        const before = own();
        const { compile, findState, useNativeGradients } = ${load};
        const after = own();
        const same = before.length === after.length && before.every((one, i) => one === after[i]);
        const undo = useNativeGradients();
        const changed = own().some((one, i) => one !== before[i]);
        undo();
        const restored = own().every((one, i) => one === before[i]);
        console.log(JSON.stringify({ same, changed, restored, functions: [typeof compile, typeof findState] }));
      })();`;
      const output = execFileSync(process.execPath, ['-e', program], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(JSON.parse(output.trim().split('\n').pop() as string)).toEqual({
        same: true,
        changed: true,
        restored: true,
        functions: ['function', 'function'],
      });
    },
  );
});
