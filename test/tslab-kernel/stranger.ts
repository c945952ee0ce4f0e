import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Dealer, Subscriber } from 'zeromq';
import type { Content, KernelClient } from './kernel-client';

/** The content of an `execute_request`. */
export function executeContent(code: string): Content {
  return { code, silent: false, store_history: true, user_expressions: {} };
}

/** A stranger on the same machine: knows where the kernel listens and everything that is published, not the key. */
export class Stranger {
  readonly shell = new Dealer({ linger: 0 });
  readonly control = new Dealer({ linger: 0 });
  private readonly iopub = new Subscriber({ linger: 0 });
  private readonly heard: Buffer[][] = [];
  /** Code of the stranger that ran leaves a file here. */
  private readonly marks = mkdtempSync(path.join(tmpdir(), 'tslab-kernel-marks-'));
  /** The right signatures of the forged messages. */
  private readonly secrets: string[] = [];

  constructor(private readonly kernel: KernelClient) {
    this.shell.connect(kernel.address('shell'));
    this.control.connect(kernel.address('control'));
    this.iopub.connect(kernel.address('iopub'));
    this.iopub.subscribe();
    for (const socket of [this.shell, this.control, this.iopub]) void this.listen(socket);
  }

  private async listen(socket: Dealer | Subscriber): Promise<void> {
    for await (const frames of socket) this.heard.push(frames);
  }

  /** Sends one order to run code, signed with a wrong key, with nothing, with halves of the right one and so on. */
  async forge(round: number): Promise<void> {
    const mark = JSON.stringify(path.join(this.marks, `${round}`));
    const code = `require('fs').writeFileSync(${mark}, '');`;
    const key = randomBytes(16).toString('hex');
    const frames = this.kernel.frames('execute_request', executeContent(code), { key });
    const digest = createHmac('sha256', this.kernel.connection.key);
    for (const part of frames.slice(2)) digest.update(part);
    const secret = digest.digest('hex');
    this.secrets.push(secret);
    const channel = round % 2 === 0 ? this.shell : this.control;
    await channel.send(frames);
    // Guesses of every length and form.
    for (const guess of ['', '0', secret.slice(0, 63), `${secret}0`, secret.toUpperCase()]) {
      await channel.send([frames[0] as string, guess, ...frames.slice(2)]);
    }
  }

  /**
   * What the stranger has gained: code that ran, secrets that were told.
   *
   * @param printed what the kernel's process printed, as far as the caller sees it
   */
  gains(printed: string): string[] {
    const told = Buffer.concat(this.heard.flat()).toString('latin1') + printed;
    return [
      ...readdirSync(this.marks).map((round) => `the code of round ${round} ran`),
      ...this.secrets.filter((secret) => told.includes(secret)).map(() => 'a signature was told'),
      ...(told.includes(this.kernel.connection.key) ? ['the key was told'] : []),
    ];
  }

  leave(): void {
    for (const socket of [this.shell, this.control, this.iopub]) socket.close();
    rmSync(this.marks, { recursive: true, force: true });
  }
}
