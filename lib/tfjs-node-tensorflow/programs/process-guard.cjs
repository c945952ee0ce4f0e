// process-guard.cjs COMMAND ARGUMENT…: runs a command that ends with whoever started the guard, however that ends.
//
// The starter holds the other end of the guard's standard input and never writes. A process that is killed with -9
// runs no handler, but its pipes are closed: the guard reads the end and kills the command with all that it started.
const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const MS_TO_STOP = 2_000;
const [, , command, ...args] = process.argv;
const hasGroups = process.platform !== 'win32';
let child;

process.on('SIGTERM', () => {
  kill('SIGTERM');
  setTimeout(() => kill('SIGKILL'), MS_TO_STOP).unref();
});
// Ctrl-C reaches the starter too. Whether the command ends is its decision: it says so, or it goes.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});

child = spawn(command, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  // Its own process group, so that a compiler behind a compiler driver is reached too.
  detached: hasGroups,
});

function kill(signal) {
  if (child?.pid === undefined) return;
  try {
    if (hasGroups) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // Nobody is left in the group.
  }
}

child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code, signal) => {
  kill('SIGKILL');
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
});

const starterIsGone = () => {
  kill('SIGKILL');
  process.exit(1);
};
process.stdin.on('end', starterIsGone).on('error', starterIsGone).resume();
