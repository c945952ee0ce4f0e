import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SelfSupError } from 'selfsup';
import { inOwnProcess, temporaryFolder } from 'selfsup-course';
import { describe, expect, it } from 'vitest';

describe('inOwnProcess', () => {
  it('gives what the job returns in another process, whatever the job prints', async () => {
    const job = async (a: number, b: string) => {
      console.log('{"printed": true}');
      return { process: process.pid, text: b.repeat(a) };
    };
    const result = await inOwnProcess(job, 2, 'xy');
    expect(result).toEqual({ process: expect.any(Number), text: 'xyxy' });
    expect((result as { process: number }).process).not.toBe(process.pid);
    expect(await inOwnProcess(async () => {})).toBeNull();
  });

  it('names the signal that has ended the process', async () => {
    const job = async () => {
      process.kill(process.pid, 'SIGKILL');
      await new Promise((done) => setTimeout(done, 60_000));
    };
    expect(await inOwnProcess(job)).toBe('SIGKILL');
  });

  it('says what the process has said when the job fails', async () => {
    const failing = inOwnProcess(async () => {
      throw new RangeError('planted: no such step');
    });
    await expect(failing).rejects.toThrow(SelfSupError);
    await expect(failing).rejects.toThrow(/RangeError: planted: no such step/);
  });
});

describe('temporaryFolder', () => {
  it('is there until the process ends', async () => {
    const folder = await temporaryFolder('own-process-test');
    writeFileSync(join(folder, 'a'), 'a');
    const of = async (course: string) => {
      const made = await require(course).temporaryFolder('own-process-test');
      require('node:fs').writeFileSync(require('node:path').join(made, 'b'), 'b');
      return made as string;
    };
    const course = join(__dirname, '../../../lib/selfsup-course');
    const other = (await inOwnProcess(of, course)) as string;
    expect([dirname(other), existsSync(other)]).toEqual([dirname(folder), false]);
    expect(existsSync(join(folder, 'a'))).toBe(true);
  });
});
