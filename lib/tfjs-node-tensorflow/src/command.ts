import { parseArgs } from 'node:util';
import { doctor, type Finding } from './doctor';
import { TensorFlowInstallError } from './errors';
import { install } from './install';
import type { EngineOptions } from './options';
import { terminalProgress } from './terminal-progress';

const HELP = `tfjs-node-tensorflow: a current TensorFlow for tfjs-node

  npx tfjs-node-tensorflow install   fetches TensorFlow's libraries, builds tfjs-node's binding, tries it
  npx tfjs-node-tensorflow doctor    says what is wrong, and the command that fixes it

  --gpu              tfjs-node-gpu with CUDA (Linux x86-64)
  --cwd FOLDER       the project, by default the current folder
  --cache-dir FOLDER where the libraries are kept, by default the user's cache folder
  --python PROGRAM   the Python (3.9 or later) whose pip downloads
  --help             this text
  --version          the version of this package
`;

/** The options of the command line, as far as they were given. */
function engineOptions(values: {
  gpu?: boolean | undefined;
  cwd?: string | undefined;
  'cache-dir'?: string | undefined;
  python?: string | undefined;
}): EngineOptions {
  const { gpu, cwd, 'cache-dir': cacheDir, python } = values;
  return {
    ...(gpu === undefined ? {} : { gpu }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(cacheDir === undefined ? {} : { cacheDir }),
    ...(python === undefined ? {} : { python }),
    installCommand: `npx tfjs-node-tensorflow install${gpu ? ' --gpu' : ''}`,
  };
}

/** A finding as one line: `✓ Node  22.14.0`, or `✗ …  … → what fixes it`. */
export function findingLine({ title, state, found, fix }: Finding): string {
  const mark = { ok: '✓', problem: '✗', note: '·' }[state];
  return `${mark} ${title.padEnd(20)} ${found}${fix === undefined ? '' : ` → ${fix}`}`;
}

async function runInstall(options: EngineOptions): Promise<number> {
  const progress = terminalProgress(process.stderr);
  try {
    const installed = await install({ ...options, onProgress: progress.report });
    progress.end();
    console.log(
      `${installed.packageName} computes with TensorFlow ${installed.tensorflow} on the ${installed.gpu ? 'GPU' : 'CPU'}.`,
    );
    return 0;
  } catch (error) {
    progress.end();
    if (!(error instanceof TensorFlowInstallError)) throw error;
    console.error(error.message);
    return 1;
  }
}

async function runDoctor(options: EngineOptions): Promise<number> {
  const findings = await doctor(options);
  for (const finding of findings) console.log(findingLine(finding));
  const problems = findings.filter(({ state }) => state === 'problem').length;
  console.log(
    problems === 0
      ? '\ntfjs-node is ready.'
      : `\n${problems} thing${problems === 1 ? '' : 's'} to fix, see → above.`,
  );
  return problems === 0 ? 0 : 1;
}

/**
 * The command `tfjs-node-tensorflow`.
 *
 * @param args what follows the command's name
 * @returns the exit status: 0, 1 for a failure that was said, 2 for a command line that cannot be used
 */
export async function runCommand(args: string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    // Of a slip in an option's name Node goes on to say how a word that begins with a dash could be given.
    const message = (error as Error).message.replace(
      /\. To specify a positional argument .*/s,
      '.',
    );
    console.error(`${message}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.version) {
    console.log((require('../package.json') as { version: string }).version);
    return 0;
  }
  const [command, ...more] = positionals;
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (more.length === 0 && command === 'install') return runInstall(engineOptions(values));
  if (more.length === 0 && command === 'doctor') return runDoctor(engineOptions(values));
  const given =
    positionals.length === 0 ? 'No command was given' : `Unknown: ${positionals.join(' ')}`;
  console.error(`${given}.\n\n${HELP}`);
  return 2;
}

function parse(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      gpu: { type: 'boolean' },
      cwd: { type: 'string' },
      'cache-dir': { type: 'string' },
      python: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  });
}
