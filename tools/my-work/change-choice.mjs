import { createInterface } from 'node:readline/promises';

/** @typedef {import('./refresh.mjs').Choice} Choice */

/** @type {Readonly<Record<string, Choice>>} */
const LETTERS = { k: 'keep', n: 'new', b: 'both', '': 'both' };

export const CHOICES = ['keep', 'new', 'both', 'ask'];

/** The text of `--help` for them. */
export const CHANGES_HELP = `  --changes ANSWER   what becomes of a notebook that you have changed and the course has a new version of: keep (yours), new
                     (the course's; yours moves to the folder set-aside), both (yours stays, the new one lies beside it), or
                     ask (the default, where somebody can answer; else both)`;

/**
 * Asks what becomes of the files that both the course and the learner changed.
 *
 * @param {string[]} paths
 * @param {(question: string) => Promise<string>} ask
 * @returns {Promise<Map<string, Choice>>}
 */
export async function askForChoices(paths, ask) {
  const choices = new Map();
  /** @type {Choice | undefined} */
  let forAll;
  for (const path of paths) {
    while (forAll === undefined) {
      const answer = (await ask(`${path}: k, n or b (K, N or B for all that follow)? `)).trim();
      const choice = LETTERS[answer.toLowerCase()];
      if (choice === undefined) continue;
      choices.set(path, choice);
      if (answer !== '' && answer === answer.toUpperCase()) forAll = choice;
      break;
    }
    if (forAll !== undefined) choices.set(path, forAll);
  }
  return choices;
}

const QUESTION = `
The course has new versions of notebooks that you have changed. For each of them:
  k   keep yours
  n   take the new one; yours moves to the folder set-aside
  b   both: yours stays, the new one lies beside it (also Enter)
`;

/**
 * @param {'keep' | 'new' | 'both' | 'ask' | undefined} given by option; `undefined` asks where somebody can answer
 * @param {{ input: NodeJS.ReadStream, output: NodeJS.WriteStream }} terminal
 * @returns {(paths: string[]) => Promise<Map<string, Choice>>}
 */
export function chooser(given, { input, output }) {
  return async (paths) => {
    if (given !== undefined && given !== 'ask') return new Map(paths.map((path) => [path, given]));
    // Nobody there: both, which needs no answer.
    if (!input.isTTY || !output.isTTY) return new Map();
    const lines = createInterface({ input, output });
    // Ctrl-C and Ctrl-D leave everything as it was.
    lines.on('SIGINT', () => process.exit(130));
    let answered = false;
    lines.on('close', () => answered || process.exit(130));
    try {
      output.write(QUESTION);
      return await askForChoices(paths, (question) => lines.question(question));
    } finally {
      answered = true;
      lines.close();
    }
  };
}
