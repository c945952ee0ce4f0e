import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient, printed } from './kernel-client';

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel.stop());

async function failureOf(code: string) {
  const { reply, published } = await kernel.run(code);
  expect(reply.status).toBe('error');
  const error = published.find(({ type }) => type === 'error')?.content;
  const { ename, evalue, traceback } = reply;
  expect(error).toEqual({ ename, evalue, traceback });
  return { reply, error, text: traceback.join('\n') as string };
}

describe('an error', () => {
  it('has name, value and the line of the cell, marked, before anything else', async () => {
    const { reply } = await failureOf(
      "const first = 1;\ninterface Erased {\n  readonly a: number;\n}\nfunction fail(depth: number): never {\n  throw new RangeError('too deep');\n}\nfail(3);",
    );
    const n = reply.execution_count;
    expect(reply).toMatchObject({ ename: 'RangeError', evalue: 'too deep' });
    expect(reply.traceback).toEqual([
      `Cell [${n}], line 6:`,
      '  4 │ }',
      '  5 │ function fail(depth: number): never {',
      "→ 6 │   throw new RangeError('too deep');",
      '    │         ^^^',
      '  7 │ }',
      '  8 │ fail(3);',
      'RangeError: too deep',
      `    at fail (cell [${n}]:6:9)`,
      `    at cell [${n}]:8:1`,
    ]);
  });

  it('after an await names its line too', async () => {
    const { reply } = await failureOf(
      'const wait = async () => {\n  await null;\n  throw new Error("later");\n};\n\nawait wait();',
    );
    expect(reply.traceback[0]).toBe(`Cell [${reply.execution_count}], line 3:`);
    expect(reply.traceback).toContain('→ 3 │   throw new Error("later");');
    expect(reply.traceback).toContain(`    at async cell [${reply.execution_count}]:6:1`);
  });

  it('in a function of an earlier cell shows the line that called and the line that failed', async () => {
    const { reply: defined } = await kernel.run(
      'const strict = (n: number) => {\n  if (n < 0) throw new TypeError("negative");\n  return n;\n};',
    );
    const { reply } = await failureOf('const fine = strict(1);\nstrict(-1);');
    const places = (reply.traceback as string[]).filter((line) => /^(Cell|→)/.test(line));
    expect(places).toEqual([
      `Cell [${reply.execution_count}], line 2:`,
      '→ 2 │ strict(-1);',
      `Cell [${defined.execution_count}], line 2:`,
      '→ 2 │   if (n < 0) throw new TypeError("negative");',
    ]);
  });

  it('behind a rewritten shorthand names the column as written', async () => {
    await kernel.run('const epochs = 3; const rate = 1;');
    const { reply } = await failureOf('const o = { epochs, rate, f: (null as any).x };');
    expect(reply.traceback[2]).toMatch(/^ +│ +\^/);
    const [, line, marks] = reply.traceback as string[];
    expect(line?.slice(marks?.indexOf('^')).startsWith('x')).toBe(true);
  });

  it("of TensorFlow names the cell's line and folds the frames of packages", async () => {
    const { reply, text } = await failureOf(
      "import { tf } from 'selfsup';\nconst a = tf.ones([2, 3]);\n\nconst b = tf.matMul(a, a);",
    );
    expect(reply.traceback[0]).toBe(`Cell [${reply.execution_count}], line 4:`);
    expect(text).toContain('→ 4 │ const b = tf.matMul(a, a);');
    expect(text).toContain('Matrix size-incompatible');
    expect(text).toMatch(/… \d+ frames of packages/);
    expect(text).not.toMatch(/node_modules|node:|tslab-kernel/);
  });

  it('of the compiler shows its message, its number and the line', async () => {
    const { reply } = await failureOf("const good = 1;\nconst size: number = 'large';");
    expect(reply).toMatchObject({
      ename: 'TypeScriptError',
      evalue: "2:7 - Type 'string' is not assignable to type 'number'.",
    });
    expect(reply.traceback).toEqual([
      `Cell [${reply.execution_count}], line 2:`,
      '  1 │ const good = 1;',
      "→ 2 │ const size: number = 'large';",
      '    │       ^^^^',
      "2:7 - Type 'string' is not assignable to type 'number'. (TS2322)",
    ]);
    expect((await failureOf('const = 3;')).reply.evalue).toContain('1:7 - ');
  });

  it.each([
    ["throw 'text';", 'Uncaught value', "'text'"],
    ['throw undefined;', 'Uncaught value', 'undefined'],
    ['throw { code: 7 };', 'Uncaught value', '{ code: 7 }'],
    ['await Promise.reject(null);', 'Uncaught value', 'null'],
    ["throw Object.assign(new Error('own'), { name: 'OwnError' });", 'OwnError', 'own'],
    ["throw Object.assign(new Error('x'), { stack: 5 });", 'Error', 'x'],
  ])('%s', async (code, ename, evalue) => {
    expect((await failureOf(code)).reply).toMatchObject({ ename, evalue });
  });

  it('tells its causes', async () => {
    const { text } = await failureOf(
      "try {\n  JSON.parse('{');\n} catch (cause) {\n  throw new Error('no settings', { cause });\n}",
    );
    expect(text).toMatch(/Error: no settings[\s\S]*Caused by SyntaxError: Expected/);
  });

  it('printed by the cell names its lines as well', async () => {
    const { reply, published } = await kernel.run(
      "interface Erased { a: number }\n\nconsole.error(new Error('shown'));",
    );
    expect(printed(published, 'stderr')).toContain(
      `Error: shown\n    at cell [${reply.execution_count}]:3:15`,
    );
  });
});

describe('a failure that nobody catches', () => {
  it.each([
    ['a promise', "void Promise.reject(new Error('lost'));"],
    ['a function that awaits', "(async () => { await null; throw new Error('lost'); })();"],
    [
      'an immediate',
      "setImmediate(() => { throw new Error('lost'); }); await new Promise((r) => setTimeout(r, 50));",
    ],
  ])('by %s while the cell runs is its error', async (_, code) => {
    const { reply, text } = await failureOf(code);
    expect(reply).toMatchObject({ ename: 'Error', evalue: 'lost' });
    expect(text).toContain(`Cell [${reply.execution_count}], line 1:`);
  });

  it.each([
    ['a timer', "setTimeout(() => { throw new Error('late'); }, 150);"],
    ['a promise', "void new Promise((_, no) => setTimeout(() => no(new Error('late')), 150));"],
    [
      'an async function',
      "void (async () => { await new Promise((r) => setTimeout(r, 150)); throw new Error('late'); })();",
    ],
  ])('by %s after the cell belongs to it, also while another runs', async (_, code) => {
    const first = await kernel.submit(code);
    const { reply } = await kernel.answer(first);
    expect(reply.status).toBe('ok');
    const other = await kernel.run('await new Promise((r) => setTimeout(r, 400)); 1');
    expect(other.reply.status).toBe('ok');
    const error = await kernel.until(
      () => kernel.of(first).find(({ type }) => type === 'error')?.content,
      'the error',
    );
    expect(error).toMatchObject({ ename: 'Error', evalue: 'late' });
    expect(error.traceback[0]).toContain(`Cell [${reply.execution_count}]`);
  });

  it('by a t-SNE that nobody awaits is the error of its cell', async () => {
    const { reply } = await failureOf(
      "import { tf, tsne } from 'selfsup';\nconst map = tsne(tf.ones([60, 4]));",
    );
    expect(reply).toMatchObject({ ename: 'InvalidArgumentError' });
    expect(reply.evalue).toMatch(/perplexity is 30 for 60 points/);
    expect(reply.traceback[0]).toBe(`Cell [${reply.execution_count}], line 2:`);
  });

  it('is none when the cell itself awaits the promise in time', async () => {
    const { reply } = await kernel.run(
      "const p = Promise.reject(new Error('caught')); await new Promise((r) => setTimeout(r, 50)); try { await p; } catch {} 1",
    );
    expect(reply.status).toBe('ok');
  });
});
