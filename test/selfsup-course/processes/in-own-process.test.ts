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
  });

  it('copies arguments and result as they are, whatever their size', async () => {
    const echo = async (value: unknown) => value;
    for (const value of [undefined, null, Number.NaN, -0, new Float32Array([1, 2])]) {
      expect(await inOwnProcess(echo, value)).toStrictEqual(value);
    }
    const long = 'x'.repeat(1_000_000);
    expect(await inOwnProcess(echo, long)).toBe(long);
  });

  it('has the result although the job leaves something that would go on', async () => {
    const job = async () => {
      setInterval(() => console.log('late'), 50);
      return 1;
    };
    expect(await inOwnProcess(job)).toBe(1);
  });

  it('says that the job has ended its process before it returned', async () => {
    const ending = inOwnProcess(async () => process.exit(3));
    await expect(ending).rejects.toThrow(SelfSupError);
    await expect(ending).rejects.toThrow('ended with status 3 before it returned.');
  });

  it('says what could not be sent', async () => {
    await expect(
      inOwnProcess(
        async (value: unknown) => value,
        () => 1,
      ),
    ).rejects.toThrow(/could not be cloned/);
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
  it('adds one listener, however many there are', async () => {
    await temporaryFolder('own-process-test');
    const listeners = process.listenerCount('exit');
    for (let i = 0; i < 3; i++) await temporaryFolder('own-process-test');
    expect(process.listenerCount('exit')).toBe(listeners);
  });

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
