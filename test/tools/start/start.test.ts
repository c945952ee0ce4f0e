import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, StartedCourse } from './started-course';

/** The part of JupyterLab's answer about an extension's settings that is looked at. */
interface Settings {
  readonly schema: { readonly properties: { readonly fetchNews: { readonly default: string } } };
}

interface Listing {
  readonly content: readonly { readonly name: string }[];
}

it('serves the course on loopback behind a token, and Ctrl-C leaves no process behind', async () => {
  const course = await StartedCourse.start({ args: ['--port', '9327'] });
  try {
    expect(course.text).toContain('The course is open at');
    expect((await fetch(`${course.server}/api/kernels`)).status).toBe(403);
    expect(course.folder).toBe(course.work);
    expect((await course.fetch(`/lab/tree/${course.folder}/README.md`)).status).toBe(200);
    const listed = (await (await course.fetch('/api/contents')).json()) as Listing;
    expect(listed.content.map(({ name }) => name)).not.toContain('notebooks');
    expect(listed.content.map(({ name }) => name)).toContain('lib');
    const lesson = await course.fetch(`/api/contents/${course.folder}/03-nt-xent.ipynb`);
    expect((await lesson.text()).includes('"outputsOf": "course"')).toBe(true);
    const settings = '/lab/api/settings/@jupyterlab/apputils-extension:notification';
    const shown = (await (await course.fetch(settings)).json()) as Settings;
    expect(shown.schema.properties.fetchNews.default).toBe('false');

    const kernel = await course.startKernel();
    expect(kernel.connection.transport).toBe('ipc');
    const socket = kernel.address('shell').slice('ipc://'.length);
    expect(lstatSync(socket).isSocket()).toBe(true);
    const [folder] = readdirSync(course.runtime) as [string];
    expect(lstatSync(join(course.runtime, folder)).mode & 0o077).toBe(0);
    await kernel.stop();

    course.child.kill('SIGINT');
    expect(await course.ended).toBe(0);
    expect(readdirSync(course.runtime)).toEqual([]);
    await expect(fetch(`${course.server}/api/kernels`)).rejects.toThrow();
  } finally {
    await course.remove();
  }
});

it('--original opens the tracked notebooks and makes no copies', async () => {
  const course = await StartedCourse.start({ args: ['--original'] });
  try {
    expect(course.folder).toBe('notebooks');
    expect(existsSync(join(ROOT, course.work))).toBe(false);
    const listed = (await (await course.fetch('/api/contents')).json()) as Listing;
    expect(listed.content.map(({ name }) => name)).toContain('notebooks');
  } finally {
    await course.remove();
  }
});

it('refuses a --changes that it does not know, before anything is opened', () => {
  const run = spawnSync(process.execPath, [join(ROOT, 'tools/start.mjs'), '--changes=all'], {
    encoding: 'utf8',
  });
  expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('keep, new, both, ask')]);
});

it('ends the kernel that no page shows, and neither the one of an open page nor one that is at work', async () => {
  const course = await StartedCourse.start({
    // As given, with seconds instead of half an hour.
    args: ['--MappingKernelManager.cull_idle_timeout=15', '--MappingKernelManager.cull_interval=1'],
  });
  const alive = async () =>
    ((await (await course.fetch('/api/kernels')).json()) as unknown[]).length;
  const leaves = (count: number) =>
    expect.poll(alive, { timeout: 90_000, interval: 500 }).toBe(count);
  try {
    const shown = await course.startShownKernel();
    const atWork = await course.startShownKernel();
    const goOn = join(course.runtime, 'go-on');
    await atWork.kernel.submit(
      `console.log('at work'); while (!require('fs').existsSync(${JSON.stringify(goOn)}))` +
        ' await new Promise((done) => setTimeout(done, 50));',
    );
    await atWork.kernel.until(
      () => atWork.kernel.published.some(({ content }) => /at work/.test(content.text ?? '')),
      'the cell',
    );
    atWork.page.terminate();
    const closed = await course.startShownKernel();
    expect(await alive()).toBe(3);
    closed.page.terminate();
    await leaves(2);

    // The one at work is the next, once its cell has ended; the one that is shown stays until its page is closed.
    writeFileSync(goOn, '');
    await leaves(1);
    shown.page.terminate();
    await leaves(0);
    await Promise.all([shown, atWork, closed].map(({ kernel }) => kernel.stop()));
  } finally {
    await course.remove();
  }
}, 480_000);
