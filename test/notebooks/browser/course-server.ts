import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

/** JupyterLab as `npm start` opens it. */
export class CourseServer {
  private constructor(
    private readonly program: ChildProcess,
    private readonly ended: Promise<void>,
    /** The address `npm start` prints, with its token. */
    readonly address: URL,
  ) {}

  /**
   * Runs `npm start` without opening a browser.
   *
   * @param root the folder of the course
   * @param env variables for the server and its kernels
   */
  static async start(root: string, env: NodeJS.ProcessEnv): Promise<CourseServer> {
    const program = spawn(
      process.execPath,
      [path.join(root, 'tools/start.mjs'), '--no-browser', '--port=0'],
      { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let told = '';
    const ended = new Promise<void>((resolve) => program.on('close', () => resolve()));
    const address = await new Promise<URL>((resolve, reject) => {
      const read = (text: Buffer) => {
        told += text;
        const found = /^ +(http:\/\/\S+)$/m.exec(told)?.[1];
        if (found) resolve(new URL(found));
      };
      program.stdout.on('data', read);
      program.stderr.on('data', read);
      void ended.then(() => reject(new Error(`npm start ended early:\n${told}`)));
    });
    return new CourseServer(program, ended, address);
  }

  /** The address of a notebook, in a workspace of its own so that the learner's is left alone. */
  pageOf(notebook: string): string {
    const page = new URL(this.address);
    page.pathname = `/lab/workspaces/browser-test/tree/${notebook}`;
    page.searchParams.set('reset', '');
    return page.href;
  }

  async stop(): Promise<void> {
    this.program.kill('SIGTERM');
    await this.ended;
  }
}
