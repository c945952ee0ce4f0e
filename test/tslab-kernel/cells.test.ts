import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient, printed, result } from './kernel-client';

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel.stop());

/** Runs cells that must succeed; the value of the last. */
async function lastValue(...cells: string[]): Promise<string | undefined> {
  let value: string | undefined;
  for (const cell of cells) {
    const { reply, published } = await kernel.run(cell);
    expect(reply.status, `${cell}\n${reply.traceback?.join('\n')}`).toBe('ok');
    value = result(published);
  }
  return value;
}

describe('a cell', () => {
  it('gives the value of its last expression as a result, and prints on streams', async () => {
    const { reply, published } = await kernel.run(
      "console.log('out'); console.error('err'); 6 * 7",
    );
    expect(published.map(({ type }) => type)).toEqual([
      'status',
      'execute_input',
      'stream',
      'stream',
      'execute_result',
      'status',
    ]);
    expect([printed(published), printed(published, 'stderr')]).toEqual(['out\n', 'err\n']);
    expect(result(published)).toBe('42');
    expect(published[4]?.content.execution_count).toBe(reply.execution_count);
    expect(reply).toMatchObject({ status: 'ok', payload: [], user_expressions: {} });
  });

  it.each([
    ["'text'", 'text'],
    ['[1, { a: 2 }]', '[ 1, { a: 2 } ]'],
    ['await Promise.resolve(5)', '5'],
    ['undefined', undefined],
    ['null', undefined],
    ['const declared = 1;', undefined],
    ['0', '0'],
    ['false', 'false'],
  ])('with the last expression %s gives %j', async (source, value) => {
    expect(await lastValue(source)).toBe(value);
  });

  it('prints thousands of lines without losing any, in few messages', async () => {
    const { published } = await kernel.run('for (let i = 0; i < 20000; i++) console.log(i);');
    const lines = printed(published).trimEnd().split('\n');
    expect(lines).toHaveLength(20_000);
    expect(lines.at(-1)).toBe('19999');
    expect(published.length).toBeLessThan(2000);
  });

  it('prints half a surrogate pair as the replacement character, and pairs as they are', async () => {
    const { published } = await kernel.run(
      String.raw`console.log('a\ud83db', '🙂', '\\ud83d'); '\udc00'`,
    );
    expect(printed(published)).toBe('a\ufffdb 🙂 \\ud83d\n');
    expect(result(published)).toBe('\ufffd');
  });

  it('prints bytes that a character is split over', async () => {
    const { published } = await kernel.run(
      "const bytes = Buffer.from('é'); process.stdout.write(bytes.subarray(0, 1)); process.stdout.write(bytes.subarray(1));",
    );
    expect(printed(published)).toBe('é');
  });

  it('shows displays under itself, also when the next cell runs', async () => {
    const first = await kernel.submit(
      "import { newDisplay } from 'tslab'; const shown = newDisplay(); shown.html('<b>1</b>'); setTimeout(() => shown.html('<b>2</b>'), 300);",
    );
    await kernel.answer(first);
    const { reply } = await kernel.run(
      'await new Promise((resolve) => setTimeout(resolve, 600)); 1',
    );
    expect(reply.status).toBe('ok');
    const displays = kernel.of(first).filter(({ type }) => /display_data/.test(type));
    expect(displays.map(({ type, content }) => [type, content.data['text/html']])).toEqual([
      ['display_data', '<b>1</b>'],
      ['update_display_data', '<b>2</b>'],
    ]);
  });

  it('keeps what its timers and promises print under itself', async () => {
    const first = await kernel.submit(
      "setTimeout(() => console.log('late'), 200); void Promise.resolve().then(() => console.log('soon'));",
    );
    const second = await kernel.submit(
      "await new Promise((resolve) => setTimeout(resolve, 500)); console.log('second');",
    );
    await kernel.answer(second);
    expect(printed(kernel.of(first))).toBe('soon\nlate\n');
    expect(printed(kernel.of(second))).toBe('second\n');
  });

  it('clears its output', async () => {
    const { published } = await kernel.run(
      "import { clearOutput } from 'tslab-kernel'; console.log(1); clearOutput({ wait: true }); console.log(2);",
    );
    expect(published.map(({ type }) => type).slice(2, -1)).toEqual([
      'stream',
      'clear_output',
      'stream',
    ]);
  });

  it('is not counted or shown when it is silent', async () => {
    const before = (await kernel.run('1')).reply.execution_count;
    const { reply, published } = await kernel.run('2', { silent: true });
    expect(reply.status).toBe('ok');
    expect(published.map(({ type }) => type)).toEqual(['status', 'status']);
    expect((await kernel.run('3')).reply.execution_count).toBe(before + 1);
  });

  it('evaluates expressions that the client asks for', async () => {
    const { reply } = await kernel.run('const eleven = 11;', {
      user_expressions: { twice: 'eleven * 2', wrong: 'eleven.twelve' },
    });
    expect(reply.user_expressions.twice).toMatchObject({
      status: 'ok',
      data: { 'text/plain': '22' },
    });
    expect(reply.user_expressions.wrong).toMatchObject({
      status: 'error',
      ename: 'TypeScriptError',
    });
  });
});

describe("learners' traps of a stock tslab", () => {
  it('shorthand properties name variables of earlier cells (tslab#76)', async () => {
    expect(await lastValue('const epochs = 3; let rate = 0.1;', '({ epochs, rate })')).toBe(
      '{ epochs: 3, rate: 0.1 }',
    );
    expect(await lastValue('({ rate } = { rate: 0.5 }); rate')).toBe('0.5');
    expect(await lastValue('({ rate = 0.7 } = {} as { rate?: number }); rate')).toBe('0.7');
  });

  it.each([
    ['a constant', 'const { steps: own } = ways[0]!; own', '3'],
    ['a loop', 'let sum = 0; for (const { steps: own } of ways) sum += own + base; sum', '17'],
    ['a parameter', 'ways.map(({ steps: own }) => own + base)', '[ 8, 9 ]'],
    [
      'a nested pattern',
      'const { inner: { deep: found = 0 }, ...others } = ways[1]!; [found, others.steps]',
      '[ 2, 4 ]',
    ],
    ['an array', '{ const [, { steps: own }] = ways; console.log(own); } base', '5'],
    ['an assignment', 'let own = 0; ({ steps: own } = ways[0]!); own', '3'],
    ['a name that is a keyword', 'const { default: own } = { default: base }; own', '5'],
  ])('a destructured property of an earlier cell has a new name in %s', async (_, cell, value) => {
    const earlier =
      'const base = 5; interface Way { steps: number; inner: { deep?: number } } ' +
      'const ways: Way[] = [{ steps: 3, inner: {} }, { steps: 4, inner: { deep: 2 } }];';
    expect(await lastValue(earlier, cell)).toBe(value);
  });

  it('names the place of a fault after such a property', async () => {
    const { reply } = await kernel.run('const { a: b } = { a: 1 }; const c: string = b;');
    expect(reply.traceback?.join('\n')).toMatch(/\^/);
    expect(reply.evalue).toMatch(/number.*string/);
  });

  it('a namespace is known until its name is declared again', async () => {
    await lastValue(
      'namespace Shapes { export const sides = 3; export interface Shape { sides: number } }',
    );
    await lastValue('const triangle: Shapes.Shape = { sides: Shapes.sides };', 'const other = 1;');
    expect(await lastValue('[triangle.sides, Shapes.sides]')).toBe('[ 3, 3 ]');
    await lastValue('class Box { v = 1 } namespace Box { export const unit = 2; }', 'void 0;');
    expect(await lastValue('[new Box().v, Box.unit]')).toBe('[ 1, 2 ]');
    await lastValue('const Shapes = 5;', 'void 0;');
    expect(await lastValue('Shapes + 1')).toBe('6');
    await lastValue("import * as Box from 'node:path';", 'void 0;');
    expect(await lastValue("Box.join('a', 'b')")).toBe('a/b');
  });

  it('a cell may consist of "for await" alone', async () => {
    await lastValue('let total = 0; async function* numbers() { yield 1; yield 2; }');
    expect(await lastValue('for await (const n of numbers()) total += n;', 'total')).toBe('3');
  });

  it('a "let" reassigned later is seen by functions of its own cell', async () => {
    await lastValue('let size = 1; const readSize = () => size; function grow() { size += 10; }');
    expect(await lastValue('size = 2; readSize()')).toBe('2');
    expect(await lastValue('grow(); size')).toBe('12');
    expect(await lastValue('[size] = [20]; size++; readSize()')).toBe('21');
  });

  it('a "let" declared again is another variable, and the old cell does not overwrite it', async () => {
    await lastValue('let level = 1; function raise() { return ++level; }', 'let level = 100;');
    expect(await lastValue('[raise(), level]')).toBe('[ 2, 100 ]');
  });

  it('variables of destructuring, enums, classes and imports are shared', async () => {
    await lastValue(
      "let [p, { q }] = [1, { q: 2 }]; enum Kind { A, B } class Box { v = 3; } import { join } from 'node:path'; import fs from 'node:fs';",
    );
    expect(
      await lastValue("[p, q, Kind.B, new Box().v, join('a', 'b'), typeof fs.existsSync]"),
    ).toBe("[ 1, 2, 1, 3, 'a/b', 'function' ]");
  });

  it('a variable named "value" is no special case', async () => {
    await lastValue('let value = 1; const readValue = () => value;');
    expect(await lastValue('value = 5; readValue()')).toBe('5');
  });

  it('"export" before a declaration is allowed', async () => {
    expect(
      await lastValue(
        'export const exported = 4; export function double(n: number) { return 2 * n; }',
      ),
    ).toBe(undefined);
    expect(await lastValue('double(exported)')).toBe('8');
  });

  it('a cell that fails leaves the earlier variable of a name alone', async () => {
    await lastValue("let kept = 'old';");
    const { reply } = await kernel.run("throw new Error('before'); let kept = 'new';");
    expect(reply.status).toBe('error');
    expect(await lastValue('kept')).toBe('old');
  });

  it('modules written in cells, and declared again, work', async () => {
    await lastValue('/** @module answers */\nexport const answer = 41;');
    expect(await lastValue("import { answer } from './answers'; answer")).toBe('41');
  });
});
