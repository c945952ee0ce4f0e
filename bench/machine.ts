import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a machine is, whatever it does at the moment. */
export interface Hardware {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Those instructions of interest that the processor has. */
  readonly instructions: readonly string[];
}

export interface Machine extends Hardware {
  /** Mean number of running processes in the last minute, before the run. */
  readonly loadAverage: number;
  /** Share of all cores that others used during a second before the run. */
  readonly busy: number;
}

const INSTRUCTIONS = [
  'avx2',
  'avx512f',
  'avx512_vnni',
  'avx512_bf16',
  'amx_tile',
  'amx_bf16',
  'bf16',
];

/** The instructions of interest among the flags of `/proc/cpuinfo`. */
export function instructionsOf(cpuinfo: string): string[] {
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/) ?? []);
  return INSTRUCTIONS.filter((name) => flags.has(name));
}

async function busyShare(): Promise<number> {
  const look = () => {
    const times = cpus().map((core) => core.times);
    const sum = (of: (core: (typeof times)[number]) => number) =>
      times.reduce((total, core) => total + of(core), 0);
    return {
      idle: sum(({ idle }) => idle),
      all: sum((t) => t.user + t.nice + t.sys + t.irq + t.idle),
    };
  };
  const before = look();
  await sleep(1000);
  const after = look();
  const all = after.all - before.all;
  return all === 0 ? 0 : 1 - (after.idle - before.idle) / all;
}

export function describeHardware(): Hardware {
  const cpuinfo = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: totalmem() / 2 ** 30,
    system: `${type()} ${release()}`,
    instructions: instructionsOf(cpuinfo),
  };
}

export async function describeMachine(): Promise<Machine> {
  return {
    ...describeHardware(),
    loadAverage: loadavg()[0] ?? 0,
    busy: await busyShare(),
  };
}

/** A sentence when others were at work, which makes every time wrong; else `null`. */
export function disturbance({ loadAverage, busy, cores }: Machine): string | null {
  if (busy <= 0.1 && loadAverage <= cores / 2) return null;
  return (
    `The machine is not quiet: others used ${(100 * busy).toFixed(0)} % of its cores in the second before the run, and ` +
    `its load average of the last minute was ${loadAverage.toFixed(2)}. Repeat the run when nothing else is running.`
  );
}
