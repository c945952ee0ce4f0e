/** Random faults, reproducible: `npm run faults`. */
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine } from '../../bench/machine';
import { commandLine, markedProcesses } from '../tools/start/marked-processes';
import type { Campaign, Tally } from './campaign';
import type { CampaignReport } from './campaign-process';
import { CAMPAIGNS } from './campaigns';
import { faultsDocument, faultsReport, faultsTable, isClean } from './faults-document';
import { type FaultsOptions, faultsOptions, OptionError } from './options';

const KINDS = CAMPAIGNS.map(({ kind }) => kind);
/** Campaigns at a time: most of them wait for processes. */
const JOBS = 2;
/** What a campaign may take beyond its time for its beginning, its last fault and its end, in seconds, before it counts as hung. */
const PATIENCE = 300;

const HELP = `npm run faults -- [options]

Brings random faults about, of each kind, and looks at what comes of them. Ends with a table of what was lost, thrown raw or left
behind, and with status 1 where that is anything.

  --minutes N      how long (default: 2)
  --soak           ten minutes
  --seed S         which faults (default: the same ones every time)
  --only LIST      some kinds: ${KINDS.join(', ')}
  --path PATH      one fault again, as a failure printed it, with --only and --seed
  --save           write bench/FAULTS.md
  --help           this text`;

const running = new Set<ReturnType<typeof fork>>();

/** Runs a campaign in a process of its own, and looks for what it leaves. */
async function tallyOf(
  // biome-ignore lint/suspicious/noExplicitAny: of whatever faults
  { kind, title }: Campaign<any>,
  seconds: number,
  { seed, path }: FaultsOptions,
): Promise<Tally> {
  const started = Date.now();
  const folder = mkdtempSync(join(tmpdir(), `selfsup-faults-${kind}-`));
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const args = [kind, `${seconds}`, `${seed}`, ...(path === undefined ? [] : [path])];
  const child = fork(join(__dirname, 'campaign-process.ts'), args, {
    execArgv: ['-r', 'ts-node/register/transpile-only'],
    env: {
      ...process.env,
      SELFSUP_FAULTS: folder,
      // That of this folder is for checking types alone.
      TS_NODE_PROJECT: join(__dirname, '..', '..', 'tsconfig.json'),
      TMPDIR: temporary,
      // ts-node's, in the temporary folder.
      DISABLE_V8_COMPILE_CACHE: '1',
      XDG_RUNTIME_DIR: temporary,
      TF_CPP_MIN_LOG_LEVEL: '3',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      said = `${said}${text}`.slice(-2000);
    });
  }
  let report: CampaignReport | undefined;
  child.on('message', (message) => {
    report = message as CampaignReport;
  });
  const hung = setTimeout(() => child.kill('SIGKILL'), (seconds + PATIENCE) * 1000);
  const end = await new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(`${signal ?? `status ${code}`}`));
  });
  clearTimeout(hung);
  running.delete(child);
  const leftProcesses = await processesLeft(folder);
  rmSync(folder, { recursive: true, force: true });
  const message = `the campaign's process ended early (${end}): ${said}`;
  const crash = { what: 'raw error' as const, message, fault: 'unknown', seed, path: '' };
  return {
    kind,
    title,
    count: report?.count ?? 0,
    failures: report?.failures ?? [crash],
    leftovers: [...(report?.leftovers ?? []), ...leftProcesses],
    seconds: (Date.now() - started) / 1000,
  };
}

/** Processes that outlive a campaign: they have some seconds to notice. They are ended, and told. */
async function processesLeft(mark: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  for (let tenths = 0; markedProcesses(mark).length > 0 && tenths < 100; tenths++) await sleep(100);
  return markedProcesses(mark).map((pid) => {
    const line = `process ${pid} ${commandLine(pid)}`;
    process.kill(pid, 'SIGKILL');
    return line;
  });
}

async function main(options: FaultsOptions): Promise<boolean> {
  const chosen = CAMPAIGNS.filter(
    ({ kind }) => options.only.length === 0 || options.only.includes(kind),
  );
  const shares = chosen.reduce((sum, { share }) => sum + share, 0);
  const seconds = ({ share }: { share: number }) =>
    (options.minutes * 60 * Math.min(JOBS, chosen.length) * share) / shares;
  console.log(`Seed ${options.seed}, ${options.minutes} minutes, ${chosen.length} campaigns.`);
  const tallies: Tally[] = [];
  const waiting = [...chosen];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const tally = await tallyOf(next, Math.min(seconds(next), options.minutes * 60), options);
      tallies.push(tally);
      const found = tally.failures.length + tally.leftovers.length;
      console.log(
        `${found === 0 ? '✓' : '✗'} ${tally.kind}: ${tally.count} faults, ${tally.seconds.toFixed(0)} s`,
      );
    }
  };
  await Promise.all(Array.from({ length: JOBS }, worker));
  tallies.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  const report = faultsReport(tallies);
  if (report !== '') console.log(`\n${report}`);
  console.log(`\n${faultsTable(tallies)}`);
  if (options.save) {
    const { processor, cores } = await describeMachine();
    const machine = `${processor}, ${cores} cores, Node ${process.version}`;
    const run = {
      tallies,
      minutes: options.minutes,
      seed: options.seed,
      machine,
      date: new Date(),
    };
    writeFileSync(join(__dirname, '..', '..', 'bench', 'FAULTS.md'), faultsDocument(run));
  }
  return isClean(tallies);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of running) child.kill('SIGKILL');
    process.exit(130);
  });
}
try {
  const options = faultsOptions(process.argv.slice(2), KINDS);
  if (options.help) console.log(HELP);
  else {
    main(options).then((clean) => {
      process.exitCode = clean ? 0 : 1;
    });
  }
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
