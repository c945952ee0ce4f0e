// What a learner reads below a cell in which the kernel died. JupyterLab by itself says "appears to have died", and not where.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { StartedCourse } from './started-course';

interface Message {
  readonly msg_type: string;
  readonly parent_header: { readonly msg_id?: string };
  readonly content: Readonly<Record<string, unknown>>;
}

/** Runs a cell that ends its kernel; the messages up to the kernel's restart. */
async function deadlyCell(page: WebSocket, code: string): Promise<{ id: string; got: Message[] }> {
  const id = randomUUID();
  const header = { msg_id: id, msg_type: 'execute_request', session: randomUUID() };
  const got: Message[] = [];
  const restarting = new Promise<void>((resolve) => {
    page.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      got.push(message);
      if (message.content.execution_state === 'restarting') resolve();
    });
  });
  page.send(
    JSON.stringify({
      channel: 'shell',
      header: { ...header, username: 'learner', version: '5.3', date: new Date().toISOString() },
      parent_header: {},
      metadata: {},
      content: { code, silent: false, store_history: true, user_expressions: {} },
      buffers: [],
    }),
  );
  await restarting;
  page.close();
  await once(page, 'close');
  return { id, got };
}

describe.skipIf(process.platform !== 'linux')('a kernel that dies while a cell runs', () => {
  let course: StartedCourse;
  beforeAll(async () => {
    course = await StartedCourse.start();
  });
  afterAll(() => course?.remove());

  it.each([
    [
      'for want of memory',
      // As Node ends where its heap is full, but at once.
      'const all = Buffer.alloc(1.2e9, 1); await new Promise((r) => setTimeout(r, 1500)); process.abort();',
      'OutOfMemory',
      /^Out of memory in this cell: the kernel was ended by SIGABRT; it held 1,\d{3} MB\. What the cells before/,
    ],
    [
      'by a signal',
      "process.kill(process.pid, 'SIGTERM'); process.kill(process.pid, 'SIGKILL');",
      'KernelDied',
      /^The kernel ended while this cell ran: the kernel was ended by SIG(KILL|TERM).*run the notebook from its start\.$/,
    ],
    [
      'by a signal that has no name',
      'await new Promise((r) => setTimeout(r, 1500)); process.kill(process.pid, 35); await new Promise((r) => setTimeout(r, 5000));',
      'KernelDied',
      /^The kernel ended while this cell ran: the kernel was ended by signal 35; it held/,
    ],
  ])('%s says so below that cell, before it is started again', async (_, code, name, sentence) => {
    const { id, got } = await deadlyCell(await course.openPage(), code);
    const errors = got.filter(({ msg_type: type }) => type === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.parent_header.msg_id).toBe(id);
    expect(errors[0]?.content).toMatchObject({ ename: name });
    expect(errors[0]?.content.evalue).toMatch(sentence);
    expect(errors[0]?.content.traceback).toEqual([errors[0]?.content.evalue]);
  });
});
