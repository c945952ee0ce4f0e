import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** Runs a program of Node in a process of its own, which ends with the test. */
export function startProgram(program: string, flags: readonly string[] = []): ChildProcess {
  const child = spawn(process.execPath, [...flags, '-e', program], { cwd: __dirname });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** What the program wrote, and how it ended: `output (0)`. */
export function outcomeOf(child: ChildProcess): Promise<string> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(`${output.trim()} (${signal ?? code})`));
  });
}

/** Resolves when the program has written this. */
export function written(child: ChildProcess, text: string): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(text)) resolve();
    });
    child.on('close', () => reject(new Error(`the program ended without "${text}": ${output}`)));
  });
}
