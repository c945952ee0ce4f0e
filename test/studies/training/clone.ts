import { execFileSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A clone of one commit, whose study-output is ignored, as in the course. */
export async function newClone(): Promise<{ root: string; git: (...args: string[]) => void }> {
  const root = await mkdtemp(join(tmpdir(), 'kept-'));
  const git = (...args: string[]) => {
    const author = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
    execFileSync('git', [...author, ...args], { cwd: root, stdio: 'ignore' });
  };
  git('init');
  await writeFile(join(root, '.gitignore'), '/study-output/\n');
  await writeFile(join(root, 'code.ts'), '1');
  git('add', '.');
  git('commit', '-m', 'first');
  return { root, git };
}
