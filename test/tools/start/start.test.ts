import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { StartedCourse } from './started-course';

/** The part of JupyterLab's answer about an extension's settings that is looked at. */
interface Settings {
  readonly schema: { readonly properties: { readonly fetchNews: { readonly default: string } } };
}

it('serves the course on loopback behind a token, and Ctrl-C leaves no process behind', async () => {
  const course = await StartedCourse.start({ args: ['--port', '9327'] });
  try {
    expect(course.text).toContain('The course is open at');
    expect((await fetch(`${course.server}/api/kernels`)).status).toBe(403);
    expect((await course.fetch('/lab/tree/notebooks/README.md')).status).toBe(200);
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
