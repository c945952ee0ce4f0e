import { truncateSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctor, type Finding } from '../../lib/tfjs-node-tensorflow/src/doctor';
import { install } from '../../lib/tfjs-node-tensorflow/src/install';
import type { EngineOptions } from '../../lib/tfjs-node-tensorflow/src/options';
import { pythonStub } from './stub-programs';
import { StubProject } from './stub-project';

let project: StubProject;
beforeEach(() => {
  project = new StubProject();
});
afterEach(() => project.delete());

/** What is wrong, by subject; every problem says what fixes it. */
async function problems(
  options: EngineOptions = project.options(),
): Promise<Record<string, string>> {
  const found = (await doctor(options)).filter(({ state }) => state === 'problem');
  for (const { fix } of found) expect(fix).toMatch(/run "|install |free |add --gpu|unset CXX/);
  return Object.fromEntries(
    found.map(({ subject, found: what, fix }) => [subject, `${what} → ${fix}`]),
  );
}

function subject(findings: readonly Finding[], name: Finding['subject']): Finding | undefined {
  return findings.find((each) => each.subject === name);
}

const INSTALL = 'run "npx tfjs-node-tensorflow install"';

describe('doctor', () => {
  it('finds nothing wrong after install, and tells what is there', async () => {
    await install(project.options());
    project.calls();
    const findings = await doctor(project.options());
    expect(findings.filter(({ state }) => state === 'problem')).toEqual([]);
    expect(subject(findings, 'engine')?.found).toBe('2.20.0, multiplies matrices');
    expect(subject(findings, 'device')?.found).toBe('CPU');
    expect(subject(findings, 'libraries')?.found).toMatch(/2\.20\.0, every byte as published, in/);
    expect(project.calls()).toEqual(['c++']); // asked for its version
  });

  it('says what install would do on a fresh machine, and does none of it', async () => {
    expect(await problems()).toEqual({
      libraries: `2.20.0 not fetched → ${INSTALL}`,
      binding: `not built → ${INSTALL}`,
    });
    expect(project.leftovers()).toEqual([]);
  });

  it('a project without tfjs-node', async () => {
    const empty = new StubProject([]);
    const found = await problems(empty.options());
    expect(found['tfjs-node']).toMatch(
      /was not found from .*npm install --ignore-scripts @tensorflow/,
    );
    empty.delete();
  });

  it('a Node that is too old, and one that nobody has tried', async () => {
    const node = (nodeVersion: string) => ({
      machine: { ...project.options().machine, nodeVersion },
    });
    const old = await problems({ ...project.options(), ...node('18.20.0') });
    expect(old.node).toBe('18.20.0 → install Node 22 (nodejs.org, or "nvm install 22")');
    const findings = await doctor({ ...project.options(), ...node('27.0.0') });
    expect(subject(findings, 'node')).toMatchObject({ state: 'note' });
  });

  it('a machine without compiler or Python: a problem until all is built', async () => {
    const ready = new StubProject();
    await install(ready.options());
    for (const each of [project, ready]) {
      each.remove('c++');
      each.remove('python3');
    }
    const found = await problems();
    expect(found.compiler).toBe('none → run "sudo apt-get install -y g++"');
    expect(found.python).toMatch(/apt-get install -y python3 python3-pip/);
    expect(await problems(ready.options())).toEqual({});
    ready.delete();
  });

  it('the compiler that CXX names', async () => {
    const found = await problems(project.options({ CXX: '/nowhere/c++' }));
    expect(found.compiler).toBe('none → unset CXX (/nowhere/c++ was not found) or correct it');
    expect((await problems(project.options({ PYTHON: '/nowhere/python' }))).python).toContain(
      '/nowhere/python is none',
    );
    project.program('python3', pythonStub('3.8', 'venv'));
    expect((await problems()).python).toContain('only Python 3.8 was found');
  });

  it('a disk that is too small', async () => {
    const machine = { env: project.env, freeBytes: () => 5e6 };
    expect((await problems({ ...project.options(), machine })).disk).toMatch(
      /^0\.0 GB free in .* → free 1149 MB there, or name another folder by the variable TFJS_NODE_/,
    );
  });

  it('a library or a binding that is damaged', async () => {
    await install(project.options());
    truncateSync(project.cached('libtensorflow_framework.so.2'), 1);
    truncateSync(project.bindingFile, 1);
    const found = await problems();
    expect(found.libraries).toMatch(/framework\.so\.2 has 1 bytes in place of 8 → run "npx/);
    expect(found.binding).toMatch(/tfjs_binding\.node was altered → run "npx/);
  });

  it('an engine that does not load, by what it says', async () => {
    await install(project.options());
    project.write(
      'node_modules/@tensorflow/tfjs-node/index.js',
      'throw new Error("libtensorflow_cc.so.2: cannot open shared object file")',
    );
    expect((await problems()).engine).toMatch(
      /does not compute: Error: libtensorflow_cc\.so\.2: cannot open shared object file/,
    );
    project.write(
      'node_modules/@tensorflow/tfjs-node/index.js',
      'process.kill(process.pid, "SIGILL")',
    );
    expect((await problems()).engine).toMatch(/instructions that this processor does not have/);
  });
});
