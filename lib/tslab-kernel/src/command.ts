import { parseArgs } from 'node:util';
import { type InstallOptions, installKernelSpec } from './kernel-spec';
import { KernelStartError } from './kernel-start-error';
import { startKernel } from './start-kernel';

const USAGE = `tslab-kernel install [--user | --sys-prefix [--python PYTHON] | --prefix FOLDER]
    installs the kernels "tslab" (TypeScript) and "jslab" (JavaScript) for Jupyter: for you (the default), into the
    environment of a Python, or below a folder
tslab-kernel kernel --config-path FILE [--js]
    starts a kernel; Jupyter does this`;

const OPTIONS = {
  user: { type: 'boolean' },
  'sys-prefix': { type: 'boolean' },
  python: { type: 'string' },
  prefix: { type: 'string' },
  'config-path': { type: 'string' },
  js: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

function refuse(what: string): void {
  console.error(`${what}\n\n${USAGE}`);
  process.exitCode = 2;
}

function target(values: {
  prefix?: string;
  'sys-prefix'?: boolean;
  python?: string;
}): InstallOptions {
  if (values.prefix !== undefined) return { prefix: values.prefix };
  if (!values['sys-prefix']) return { user: true };
  return { sysPrefixOf: values.python ?? (process.platform === 'win32' ? 'python' : 'python3') };
}

/** The command `tslab-kernel`. */
export function runCommand(args: string[]): void {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    // Of a slip in an option's name Node goes on to say how a word that begins with a dash could be given.
    refuse((error as Error).message.replace(/\. To specify a positional argument .*/s, '.'));
    return;
  }
  const { positionals, values } = parsed;
  const [command, ...more] = positionals;
  if (values.help) console.log(USAGE);
  else if (command === undefined) refuse('No command was given.');
  else if (more.length > 0) refuse(`"${more.join(' ')}" is too much.`);
  else if (command === 'install') install(target(values));
  else if (command !== 'kernel') refuse(`Unknown: ${command}.`);
  else if (values['config-path'] === undefined) refuse('kernel needs --config-path FILE.');
  else {
    const options = { connectionFile: values['config-path'], isJs: values.js ?? false };
    startKernel(options).catch((error: Error) => {
      console.error(error instanceof KernelStartError ? error.message : error);
      process.exit(1);
    });
  }
}

function parse(args: string[]) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: true });
}

function install(options: InstallOptions): void {
  try {
    for (const folder of installKernelSpec(options)) console.log(`Installed ${folder}`);
  } catch (error) {
    if (!(error instanceof KernelStartError)) throw error;
    fail(error.message);
  }
}
