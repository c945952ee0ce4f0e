// A class on loopback: a real hub, learners who log in and run a lesson. By hand, as root, with system users and ten learners:
// teaching/jupyterhub/README.md says how.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HubKernel, type HubLearner, until } from './hub-learner';
import { RunningHub } from './running-hub';

const ROOT = join(__dirname, '..', '..', '..');
const COURSE = process.env.SELFSUP_HUB_COURSE ?? ROOT;
/** Makes system users and removes them again; needs root and a course that they can read. */
const SYSTEM_USERS = process.env.SELFSUP_HUB_USERS === '1';
const COUNT = Number(process.env.SELFSUP_HUB_LEARNERS ?? 2);
const LESSON = `my-work/${process.env.SELFSUP_HUB_LESSON ?? '03-nt-xent'}.ipynb`;
const NAMES = Array.from({ length: COUNT }, (_, at) => `selfsup${at + 1}`);

/** On CI the hub's own command installs it. */
const installed =
  existsSync(join(COURSE, 'teaching/jupyterhub/.venv/selfsup-requirements.stamp')) ||
  Boolean(process.env.CI);
const possible = process.platform === 'linux' && installed;
const why = possible ? '' : ' (skipped: npm run hub -- --install installs it, on Linux)';

/** Work of about a second on a free processor; prints its milliseconds. */
const WORK =
  '{ const begin = Date.now(); let sum = 0; for (let i = 0; i < 400_000_000; i++) sum += i % 7; console.log(Date.now() - begin); }';
/** Nine of them: one in the cell, eight beside it. */
const ENDLESS =
  "const { Worker } = require('node:worker_threads'); for (let i = 0; i < 8; i++) new Worker('for (;;);', { eval: true }); for (;;);";
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number;

describe.skipIf(!possible)(`JupyterHub${why}`, { timeout: 900_000, retry: 0 }, () => {
  let hub: RunningHub;
  let learners: HubLearner[];
  let first: HubLearner;
  let last: HubLearner;
  let kernel: HubKernel;
  const figures = (text: string) => console.log(`[hub] ${text}`);

  beforeAll(async () => {
    hub = await RunningHub.start({
      course: COURSE,
      learners: NAMES,
      systemUsers: SYSTEM_USERS,
      env: { SELFSUP_PROFILE: 'quick', SELFSUP_DATA: 'emoji', SELFSUP_MAX_STEPS: '2' },
    });
    learners = NAMES.map((name) => hub.learner(name));
    [first, last] = [learners[0], learners.at(-1)] as [HubLearner, HubLearner];
  }, 900_000);
  afterAll(() => hub?.remove(), 120_000);

  it('lets in who is on its list and knows the password', async () => {
    expect(await hub.learner(NAMES[0] as string, 'wrong-password-of-length').logIn()).toBe(403);
    expect(await hub.learner('stranger').logIn()).toBe(403);
    for (const learner of learners) expect(await learner.logIn()).toBe(302);
  });

  it('serves each learner, who runs a lesson and saves it', async () => {
    const started = performance.now();
    await Promise.all(learners.map((learner) => learner.startServer()));
    const servers = performance.now();
    figures(`${COUNT} servers started in ${((servers - started) / 1000).toFixed(0)} s`);
    figures(`idle server: ${median(NAMES.map((name) => hub.memoryOf(name))).toFixed(0)} MB`);
    const most = new Map(NAMES.map((name) => [name, 0]));
    const watch = setInterval(() => {
      for (const name of NAMES) {
        most.set(name, Math.max(most.get(name) as number, hub.memoryOf(name)));
      }
    }, 2000);
    try {
      // All come to their end, so that none runs on into the next test.
      const runs = await Promise.allSettled(learners.map((learner) => learner.runNotebook(LESSON)));
      const failures = runs.flatMap((run) =>
        run.status === 'fulfilled' ? run.value : [String(run.reason)],
      );
      expect(failures).toEqual([]);
    } finally {
      clearInterval(watch);
    }
    const seconds = ((performance.now() - servers) / 1000).toFixed(0);
    const memory = [...most.values()];
    figures(
      `${LESSON} by ${COUNT} at once: ${seconds} s; memory at most, server and kernel: ` +
        `median ${median(memory).toFixed(0)} MB, highest ${Math.max(...memory).toFixed(0)} MB`,
    );
    for (const learner of learners) {
      const saved = JSON.stringify(await learner.read(LESSON));
      expect(saved).toContain(`${learner.name}: `);
      for (const { name } of learners) {
        if (name !== learner.name) expect(saved).not.toContain(`${name}: `);
      }
    }
  });

  it('opens nobody’s server or notebooks to another, and no terminal', async () => {
    for (const path of ['api/contents/my-work', 'api/kernels', 'lab']) {
      expect((await first.fetch(`/user/${last.name}/${path}`)).status).toBe(403);
    }
    expect((await first.fetch(`/hub/api/users/${last.name}`)).status).toBe(404);
    expect((await first.fetch(`/user/${first.name}/api/terminals`)).status).toBe(404);
    expect((await first.fetch(`/user/${first.name}/api/contents/my-work`)).status).toBe(200);
  });

  it.skipIf(!SYSTEM_USERS)(
    'lets no kernel read another’s files or token, or change the course',
    async () => {
      kernel = await first.openKernel('my-work/own.ipynb');
      const refused = async (expression: string) => {
        const { text } = await kernel.execute(
          `{ try { ${expression}; console.log('allowed'); } catch (error: any) { console.log(error.code); } }`,
        );
        return text.trim();
      };
      await kernel.execute("import * as fs from 'fs';");
      expect((await kernel.execute('process.getuid!()')).text).not.toBe('0');
      const home = `/home/${last.name}`;
      for (const path of [home, `${home}/selfsup/my-work`, `${home}/.cache`, hub.state]) {
        expect(await refused(`fs.readdirSync('${path}')`), path).toBe('EACCES');
      }
      for (const pid of hub.processesOf(last.name)) {
        expect(await refused(`fs.readFileSync('/proc/${pid}/environ')`)).toBe('EACCES');
      }
      for (const path of ['README.md', 'notebooks/01-augmentation.ipynb', 'data/mine']) {
        expect(await refused(`fs.writeFileSync('${join(COURSE, path)}', 'x')`), path).toBe(
          'EACCES',
        );
      }
      // The folders of sockets of the other's kernels.
      const { uid } = statSync(home);
      const sockets = readdirSync('/tmp')
        .filter((name) => /^selfsup-\d+-/.test(name))
        .map((name) => join('/tmp', name))
        .filter((folder) => statSync(folder).uid === uid);
      expect(sockets).not.toEqual([]);
      for (const folder of sockets) {
        expect(await refused(`fs.readdirSync('${folder}')`), folder).toBe('EACCES');
      }
      kernel.close();
    },
  );

  it('answers one learner while another’s cells never end', async () => {
    kernel = await first.openKernel('my-work/own.ipynb');
    const time = async () => Number((await kernel.execute(WORK)).text);
    await time();
    const alone = median([await time(), await time(), await time()]);
    const loops = await last.openKernel('my-work/endless.ipynb');
    const lost = loops.execute(ENDLESS).catch(() => 'stopped');
    await until(async () => {
      const before = hub.processorOf(last.name);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return hub.processorOf(last.name) - before > 0.1;
    }, 'the endless loops');
    await kernel.execute('const waiting = 1;');
    const [mine, theirs] = [hub.processorOf(first.name), hub.processorOf(last.name)];
    const beside = median([await time(), await time(), await time()]);
    const share = (hub.processorOf(first.name) - mine) / (hub.processorOf(last.name) - theirs);
    figures(
      `a second's work takes ${alone} ms alone, ${beside} ms beside nine endless loops of another, who got ` +
        `${(1 / share).toFixed(1)} times as much of the processors`,
    );
    // One loop of ten would get a ninth of what the others get; a learner's equal share of two processors is half to all.
    if (SYSTEM_USERS) expect(share).toBeGreaterThan(0.25);
    await last.stopServer();
    expect(await lost).toBe('stopped');
    // A kernel that never answers is ended by force, after its server.
    await until(() => hub.processesOf(last.name).length === 0, 'the end of the endless kernel');
    expect((await kernel.execute('waiting + 1')).text).toContain('2');
  });

  it.skipIf(!SYSTEM_USERS)('ends a kernel that takes all memory, and nothing else', async () => {
    await last.startServer();
    const bomb = await last.openKernel('my-work/bomb.ipynb');
    const gone = bomb
      .execute('const taken: Buffer[] = []; for (;;) taken.push(Buffer.alloc(64 * 2 ** 20, 1));')
      .then(
        ({ status, text }) => `${status} ${text}`,
        () => 'ended',
      );
    const before = Date.now();
    expect((await kernel.execute('waiting + 2')).text).toContain('3');
    await Promise.race([
      gone,
      // Jupyter starts an ended kernel again under its number; its variables are gone.
      (async () => {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 500));
          if (hub.memoryOf(last.name) < 1000 && Date.now() - before > 10_000) return;
        }
      })(),
    ]);
    expect((await last.fetch(`/user/${last.name}/api/status`)).status).toBe(200);
    const fresh = await last.openKernel('my-work/after.ipynb');
    expect((await fresh.execute('1 + 1')).text).toContain('2');
    fresh.close();
    bomb.close();
    expect((await kernel.execute('waiting + 3')).text).toContain('4');
  });

  it('loses no work when the hub is killed and started again', async () => {
    const note = await first.read(LESSON);
    note.cells[0].source = 'written before the hub was killed';
    await first.save(LESSON, note);
    await kernel.execute('const kept = 40;');
    const before = hub.processesOf(first.name);
    expect(hub.idleCullers()).toHaveLength(1);
    await hub.kill();
    await until(() => hub.idleCullers().length === 0, 'the end of the killed hub’s culler');
    // The kernel goes on without the hub.
    expect((await kernel.execute('kept + 1')).text).toContain('41');
    kernel.close();
    await hub.begin();
    const again = hub.learner(first.name);
    expect(await again.logIn()).toBe(302);
    expect(hub.processesOf(first.name)).toEqual(before);
    expect((await again.read(LESSON)).cells[0].source).toBe('written before the hub was killed');
    const back = await again.attach(kernel.id);
    expect((await back.execute('kept + 2')).text).toContain('42');
    back.close();
    first = again;
  });

  it('ends every server, and nothing stays', async () => {
    const again = NAMES.map((name) => hub.learner(name));
    for (const learner of again) {
      await learner.logIn();
      await learner.stopServer();
    }
    for (const name of NAMES) {
      await until(() => hub.processesOf(name).length === 0, `the end of what ${name} ran`);
    }
  });
});
