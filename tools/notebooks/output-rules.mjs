import { homedir, hostname } from 'node:os';
import { textOf } from './notebook.mjs';

const EXECUTE = 'run "npm run course -- --save"';

/** Forms whose text a reader reads; pictures are base64, where any letters may meet. */
const WRITTEN = /^(text\/|application\/.*json$)/;

/** What tslab prints where a cell has gone wrong. */
const FAILURE = /^(\d+:\d+ - |UncaughtException:|UnhandledPromiseRejection:)|^ +at .*evalmachine/m;

/** All written text of an output. */
function textsOf(output) {
  if (output.output_type === 'stream') return [textOf(output.text)];
  return Object.entries(output.data ?? {})
    .filter(([type]) => WRITTEN.test(type))
    .map(([, content]) =>
      typeof content === 'string' || Array.isArray(content)
        ? textOf(content)
        : JSON.stringify(content),
    );
}

/** Paths and names of one machine. */
function traceOfMachine(text, root) {
  const withoutPictures = text.replace(/data:[\w/+.-]+;base64,[\w+/=]+/g, '');
  const known = [root, homedir(), hostname()].filter(
    (one) => one.length > 4 && one !== 'localhost',
  );
  const exact = known.find((one) => withoutPictures.includes(one));
  if (exact !== undefined) return exact;
  const path =
    /(?<![\w.:/~-])(?:\/(?:home|Users|root|tmp|private|var|mnt|media|work|workspace)\/[^\s"'<>)]*|[A-Z]:\\Users\\[^\s"'<>)]*|file:\/\/[^\s"'<>)]*)/.exec(
      withoutPictures,
    );
  if (path !== null) return path[0];
  return /\b(?:localhost|127\.0\.0\.1|(?:10|192\.168)(?:\.\d{1,3}){2,3}):\d+\b/.exec(
    withoutPictures,
  )?.[0];
}

/**
 * What a notebook carries, if anything, is the outputs of the standard profile on CIFAR-10.
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 * @returns {import('./notebook.mjs').Finding[]}
 */
export function runOfOutputs({ path, metadata }) {
  const { profile = 'standard', data = 'cifar10' } = metadata.selfsup?.run ?? {};
  if (profile === 'standard' && data === 'cifar10') return [];
  return [
    {
      notebook: path,
      what: `its outputs are of the ${profile} profile, data ${data}; those of the standard profile on CIFAR-10 are committed`,
      fix: `${EXECUTE}; where CIFAR-10 is not to be had, commit no outputs and say so in the pull request`,
    },
  ];
}

/**
 * Committed notebooks carry the outputs of one whole, faultless run, and nothing of the machine it was made on.
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 * @param {string} root the folder of the course
 * @returns {import('./notebook.mjs').Finding[]}
 */
export function outputs(notebook, root) {
  const findings = [];
  const found = (cell, what, fix) =>
    findings.push({ notebook: notebook.path, cell: cell.position, what, fix });
  const executed = notebook.codeCells.filter(({ source }) => source.trim() !== '');

  if (executed.every(({ executionCount }) => executionCount === null)) {
    return [{ notebook: notebook.path, what: 'it carries no outputs', fix: EXECUTE }];
  }
  executed.forEach((cell, index) => {
    if (cell.executionCount !== index + 1) {
      found(
        cell,
        `the cell was executed as number ${cell.executionCount ?? '–'} and stands at ${index + 1}`,
        `${EXECUTE}: the outputs are those of one run from top to bottom`,
      );
    }
    // At the beginning of a line: a function that shows a figure when it is called shows none here.
    const shows = /^await show\(/m.test(cell.source);
    const pictures = cell.outputs.filter((output) => output.data?.['image/png'] !== undefined);
    if (shows && cell.executionCount !== null && pictures.length === 0) {
      found(
        cell,
        'the cell shows a figure, and no picture of it is there',
        `await show(…), then ${EXECUTE}`,
      );
    }
    for (const output of cell.outputs) {
      const text = textsOf(output).join('\n');
      if (output.output_type === 'error' || (output.name === 'stderr' && FAILURE.test(text))) {
        found(cell, 'the output is an error', `fix the cell, then ${EXECUTE}`);
      }
      if (output.output_type === 'execute_result') {
        found(
          cell,
          `the cell shows the value of its last line: ${text.slice(0, 60)}`,
          `put "void" before that line, or print what is meant to be read, then ${EXECUTE}`,
        );
      }
      const trace = traceOfMachine(text, root);
      if (trace !== undefined) {
        found(
          cell,
          `the output shows "${trace}", which is of the machine it was made on`,
          'print a path relative to the course, or nothing',
        );
      }
      if (output.data?.['image/png'] !== undefined && !alternativeOf(output)) {
        found(cell, 'a picture has no text alternative', 'show figures with "await show(figure)"');
      }
    }
  });
  return findings;
}

function alternativeOf({ data, metadata }) {
  return (metadata?.['image/png']?.alt ?? textOf(data['text/plain'])).trim() !== '';
}
