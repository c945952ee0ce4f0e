import { closingLine } from './outcome.mjs';
import { childProcessorSeconds } from './processor-time.mjs';

/**
 * A part of `npm test`.
 *
 * @typedef {object} Stage
 * @property {string} title
 * @property {(run: Run) => Promise<import('./outcome.mjs').Outcome>} work
 *
 * @typedef {(args: string[], variables?: NodeJS.ProcessEnv) => Promise<number>} Run starts Node with the arguments;
 *   gives its exit status
 *
 * @typedef {{ title: string, outcome: import('./outcome.mjs').Outcome }} StageResult
 */

/** @param {string} title */
function heading(title) {
  return `\n── ${title} ${'─'.repeat(Math.max(0, 76 - title.length))}`;
}

/**
 * @param {number} started from `performance.now()`
 * @param {number | undefined} processorBefore
 */
function spent(started, processorBefore) {
  const wall = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const after = childProcessorSeconds();
  return processorBefore === undefined || after === undefined
    ? wall
    : `${wall}, ${(after - processorBefore).toFixed(1)} s of processor`;
}

/**
 * @param {StageResult} result
 * @param {string} cost
 */
function verdict({ title, outcome }, cost) {
  return `${outcome.failed === 0 ? '✓' : '✗'} ${title}: ${closingLine(outcome)} (${cost})`;
}

/**
 * Runs groups of stages one after the other and stops after the first group in which a stage failed. The stages of a
 * group need nothing of each other: they run `jobs` at a time, and each prints what it has to say when it is over.
 *
 * @param {Stage[][]} groups
 * @param {{ run: (args: string[], variables: NodeJS.ProcessEnv, capture: boolean) => Promise<{ status: number, text: string }>,
 *   jobs: number, print: (text: string) => void }} surroundings
 * @returns {Promise<StageResult[]>} of the stages that ran, in their order
 */
export async function runStages(groups, { run, jobs, print }) {
  /** @type {StageResult[]} */
  const results = [];
  for (const [index, group] of groups.entries()) {
    const alone = group.length === 1;
    const started = performance.now();
    const processorBefore = childProcessorSeconds();
    /** @type {(StageResult | undefined)[]} */
    const done = group.map(() => undefined);
    const waiting = [...group.entries()];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [place, { title, work }] = next;
        const stageStarted = performance.now();
        let said = '';
        if (alone) print(heading(title));
        const outcome = await work(async (args, variables = {}) => {
          const { status, text } = await run(args, variables, !alone);
          said += text;
          return status;
        });
        const result = { title, outcome };
        done[place] = result;
        if (alone) print(verdict(result, spent(stageStarted, processorBefore)));
        else print(`${heading(title)}\n${said}${verdict(result, spent(stageStarted, undefined))}`);
      }
    };
    await Promise.all(Array.from({ length: jobs }, worker));
    if (!alone) print(`\n${group.length} stages together: ${spent(started, processorBefore)}`);
    results.push(...done.filter((result) => result !== undefined));
    if (results.some(({ outcome }) => outcome.failed > 0)) {
      const left = groups.slice(index + 1).flatMap((stages) => stages.map(({ title }) => title));
      if (left.length > 0) print(`\nNot run: ${left.join(' · ')}`);
      break;
    }
  }
  return results;
}
