import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient, printed } from './kernel-client';

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(() => kernel.stop());

describe('cells that wait', () => {
  const codes = ['await new Promise((r) => setTimeout(r, 100)); 1', '2', '3'];

  it('are busy one after the other, each exactly while it runs', async () => {
    const from = kernel.published.length;
    const ids: string[] = [];
    for (const code of codes) ids.push(await kernel.submit(code));
    await kernel.answer(ids.at(-1) as string);
    const states = kernel.published
      .slice(from)
      .filter(({ type }) => type === 'status')
      .map(({ parent, content }) => [ids.indexOf(parent as string), content.execution_state]);
    expect(states).toEqual(
      [0, 1, 2].flatMap((n) => [
        [n, 'busy'],
        [n, 'idle'],
      ]),
    );
  });

  it('are aborted after an error, all that were sent before it, and none that is sent after', async () => {
    const failing = await kernel.submit(
      'await new Promise((r) => setTimeout(r, 200)); throw new Error("stop");',
    );
    const waiting = [await kernel.submit('1'), await kernel.submit('2')];
    const { reply } = await kernel.answer(failing);
    expect(reply.status).toBe('error');
    // At once: a stock tslab would drop it.
    expect((await kernel.run('3')).reply.status).toBe('ok');
    for (const id of waiting) {
      const answer = await kernel.answer(id);
      expect(answer.reply).toEqual({ status: 'aborted' });
      expect(answer.published.map(({ content }) => content.execution_state)).toEqual([
        'busy',
        'idle',
      ]);
    }
  });

  it('are aborted although they arrive after an error that comes at once', async () => {
    for (let round = 0; round < 10; round++) {
      const ids: string[] = [];
      for (const code of ['throw new Error("at once");', '1', '2', '3']) {
        ids.push(await kernel.submit(code));
      }
      const replies = await Promise.all(ids.map((id) => kernel.answer(id)));
      expect(replies.map(({ reply }) => reply.status)).toEqual([
        'error',
        'aborted',
        'aborted',
        'aborted',
      ]);
    }
  });

  it('run after an error when the failing one says "stop_on_error: false"', async () => {
    const failing = await kernel.submit('throw new Error("go on");', { stop_on_error: false });
    const next = await kernel.submit('1');
    expect((await kernel.answer(failing)).reply.status).toBe('error');
    expect((await kernel.answer(next)).reply.status).toBe('ok');
  });

  it('leave questions answered, and the status that of the cell', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tslab-kernel-'));
    const end = path.join(folder, 'end');
    // Runs until the test says so, however long the questions take on this machine.
    const running = await kernel.submit(
      `while (!require('node:fs').existsSync(${JSON.stringify(end)})) await new Promise((r) => setTimeout(r, 20)); 1`,
    );
    await kernel.until(() => kernel.of(running).length > 1, 'the beginning of the cell');
    const { reply } = await kernel.ask('complete_request', { code: 'Math.flo', cursor_pos: 8 });
    expect(reply.matches).toContain('floor');
    expect(kernel.replies.some(({ parent }) => parent === running)).toBe(false);
    await kernel.until(() => {
      const latest = kernel.published.filter(({ type }) => type === 'status').at(-1);
      return latest?.parent === running && latest.content.execution_state === 'busy';
    }, 'the status "busy" of the cell, once more');
    writeFileSync(end, '');
    expect((await kernel.answer(running)).reply.status).toBe('ok');
    rmSync(folder, { recursive: true });
  });
});

describe('a question', () => {
  it('about the kernel', async () => {
    const { reply } = await kernel.ask('kernel_info_request', {});
    expect(reply).toMatchObject({
      status: 'ok',
      protocol_version: '5.3',
      implementation: 'tslab',
      implementation_version: '1.0.22',
      language_info: {
        name: 'typescript',
        version: '5.0.4',
        file_extension: '.ts',
        mimetype: 'text/typescript',
        pygments_lexer: 'typescript',
        codemirror_mode: { mode: 'typescript' },
      },
    });
  });

  it.each([
    ['1 + 1', 'complete'],
    ['const f = () => {\n  return 1;\n};', 'complete'],
    ['', 'complete'],
    ['await fetch("x")', 'complete'],
    ['function f() {', 'incomplete'],
    ['const text = `a', 'incomplete'],
    ['/* begun', 'incomplete'],
    ['[1, 2,', 'incomplete'],
    ['f(', 'incomplete'],
    ['const 1 = 2;', 'invalid'],
    ['a b c', 'invalid'],
    ['}', 'invalid'],
    ['"never closed\n', 'invalid'],
  ])('whether %j is complete', async (code, status) => {
    const { reply } = await kernel.ask('is_complete_request', { code });
    expect(reply.status).toBe(status);
  });

  it('about a name, behind characters outside the basic plane', async () => {
    await kernel.run('/** Adds one. */\nfunction increment(n: number): number { return n + 1; }');
    const code = "'🙂🙂'; increment";
    const inspected = await kernel.ask('inspect_request', {
      code,
      cursor_pos: [...code].length,
      detail_level: 0,
    });
    expect(inspected.reply).toMatchObject({ status: 'ok', found: true });
    expect(inspected.reply.data['text/plain']).toContain('function increment(n: number): number');
    const completed = await kernel.ask('complete_request', {
      code: "'🙂🙂'; incre",
      cursor_pos: 11,
    });
    expect(completed.reply).toMatchObject({
      status: 'ok',
      matches: expect.arrayContaining(['increment']),
      cursor_start: 6,
      cursor_end: 11,
    });
    const documented = await kernel.ask('inspect_request', {
      code: "import { readFileSync } from 'node:fs'; readFileSync",
      cursor_pos: 50,
    });
    expect(documented.reply.data['text/plain']).toContain('Returns the contents of the `path`');
    const nothing = await kernel.ask('inspect_request', { code: '   ', cursor_pos: 1 });
    expect(nothing.reply).toMatchObject({ status: 'ok', found: false });
  });

  it('for help shows a page', async () => {
    const { reply } = await kernel.run('Math.floor?');
    expect(reply.payload[0]).toMatchObject({ source: 'page' });
    expect(reply.payload[0].data['text/plain']).toMatch(
      /Math\.floor\(x: number\): number[\s\S]*Returns the greatest integer/,
    );
  });

  it('about history and comms', async () => {
    const { reply: executed } = await kernel.run('123 + 1');
    const n = executed.execution_count;
    const tail = await kernel.ask('history_request', {
      hist_access_type: 'tail',
      n: 1,
      output: true,
      raw: true,
    });
    expect(tail.reply).toEqual({ status: 'ok', history: [[1, n, ['123 + 1', '124']]] });
    const found = await kernel.ask('history_request', {
      hist_access_type: 'search',
      pattern: '123*',
      output: false,
      raw: true,
    });
    expect(found.reply.history).toEqual([[1, n, '123 + 1']]);
    const comms = await kernel.ask('comm_info_request', { target_name: 'jupyter.widget' });
    expect(comms.reply).toEqual({ status: 'ok', comms: {} });
    const opened = await kernel.send('comm_open', { comm_id: 'c', target_name: 't', data: {} });
    const closed = await kernel.until(
      () => kernel.of(opened).find(({ type }) => type === 'comm_close'),
      'comm_close',
    );
    expect(closed.content.comm_id).toBe('c');
  });
});

describe('an interrupt', () => {
  const INTERRUPTED =
    /^Interrupted: this cell was given up\. Variables of the cells before it are kept/;

  it('by signal ends a cell that awaits, and drops those that wait', async () => {
    await kernel.run('const kept = 7;');
    const running = await kernel.submit(
      'await new Promise(() => setInterval(() => undefined, 1000));',
    );
    const waiting = await kernel.submit('1');
    await kernel.until(() => kernel.of(running).length > 1, 'the beginning of the cell');
    // Compiling comes first; a signal before the cell has begun would find nothing to end.
    const interrupted = setInterval(() => kernel.child.kill('SIGINT'), 200);
    const { reply } = await kernel.answer(running).finally(() => clearInterval(interrupted));
    expect(reply).toMatchObject({ status: 'error', ename: 'Interrupted' });
    expect(reply.traceback.join('\n')).toMatch(INTERRUPTED);
    expect((await kernel.answer(waiting)).reply.status).toBe('aborted');
    expect((await kernel.run('console.log(kept)')).reply.status).toBe('ok');
  });

  it('drops the cells that wait also where a cell answers it and ends well', async () => {
    const running = await kernel.submit(`
      await null; // Until a cell awaits, signals are for its vm.
      const watching = Symbol.for('tslab-kernel.watches-interrupts');
      const others = process.rawListeners('SIGINT').filter((one) => !(watching in one)) as (() => void)[];
      for (const other of others) process.off('SIGINT', other);
      console.log('listening');
      const alive = setInterval(() => undefined, 1000);
      await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
      clearInterval(alive);
      for (const other of others) process.on('SIGINT', other);
      console.log('kept');`);
    const waiting = [await kernel.submit('1'), await kernel.submit('2')];
    await kernel.until(() => printed(kernel.of(running)) !== '', 'the first line');
    kernel.child.kill('SIGINT');
    expect((await kernel.answer(running)).reply.status).toBe('ok');
    expect(printed(kernel.of(running))).toContain('kept');
    for (const one of waiting) expect((await kernel.answer(one)).reply.status).toBe('aborted');
    expect((await kernel.run('1')).reply.status).toBe('ok');
  });

  it('drops nothing where a cell calls the listeners itself', async () => {
    const running = await kernel.submit(`
      await null;
      const before = process.rawListeners('SIGINT') as ((signal?: string) => void)[];
      const endsCell = before.filter((one) => !(Symbol.for('tslab-kernel.watches-interrupts') in one));
      for (const one of endsCell) process.off('SIGINT', one);
      process.emit('SIGINT');
      for (const one of endsCell) process.on('SIGINT', one);`);
    const next = await kernel.submit('1');
    expect((await kernel.answer(running)).reply.status).toBe('ok');
    expect((await kernel.answer(next)).reply.status).toBe('ok');
  });

  it('ends a loop without end, of which every line before it is shown', async () => {
    const running = await kernel.submit(
      "console.log('one'); console.log('two'); console.log('three'); while (Date.now() > 0) {}",
    );
    const shown = () => printed(kernel.of(running)).includes('three');
    await kernel.until(shown, 'the last line before the loop');
    const interrupted = setInterval(() => kernel.child.kill('SIGINT'), 200);
    const { reply } = await kernel.answer(running).finally(() => clearInterval(interrupted));
    expect(reply).toMatchObject({ status: 'error', ename: 'Interrupted' });
    expect((await kernel.run('1')).reply.status).toBe('ok');
  });

  it('by message is answered, and reaches listeners of the cell as a signal does', async () => {
    const running = await kernel.submit(
      "console.log('listening'); await new Promise<void>((resolve) => { process.once('SIGINT', () => { console.log('heard'); resolve(); }); setInterval(() => undefined, 1000).unref(); });",
    );
    await kernel.until(() => printed(kernel.of(running)) !== '', 'the first line');
    const { reply } = await kernel.ask('interrupt_request', {}, 'control');
    expect(reply).toEqual({ status: 'ok' });
    await kernel.answer(running);
    expect(printed(kernel.of(running))).toContain('heard');
  });
});

describe('the end', () => {
  it.each([['tcp'], ['ipc']] as const)(
    'is answered on control before the process ends, over %s',
    async (transport) => {
      const other = await KernelClient.start({ transport });
      try {
        expect((await other.run('1 + 1')).reply.status).toBe('ok');
        const { reply } = await other.ask('shutdown_request', { restart: true }, 'control');
        expect(reply).toEqual({ status: 'ok', restart: true });
        await other.until(() => other.exit, 'the end of the process');
        expect(other.exit).toEqual({ code: 0, signal: null });
        expect(other.printed).toBe('');
      } finally {
        await other.stop();
      }
    },
  );
});
