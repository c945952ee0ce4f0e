// Assignments by nbgrader: `npm run teach -- release 3-moco`, `collect`, `grade`, `export`. teaching/nbgrader/README.md says how.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { folderOption, readCommandLine, UsageError } from './command-line.mjs';
import { reportFailure } from './setup/report-failure.mjs';
import { ensureSetupOrExit, SetupError } from './setup.mjs';
import { assertAssignment, assignmentSource } from './teach/assignment.mjs';
import { handedIn } from './teach/handed-in.mjs';
import { Nbgrader } from './teach/nbgrader.mjs';

const HELP = `Releases exercises as assignments and grades what learners hand in, by nbgrader.

  npm run teach -- release NAME          makes grading/release/NAME/NAME.ipynb, to hand out
  npm run teach -- collect NAME FOLDER   takes ann_NAME.ipynb, ben_NAME.ipynb … from a folder
  npm run teach -- grade NAME            grades what was collected and writes feedback pages
  npm run teach -- export                writes grading/grades.csv and prints the grades

  NAME             an exercise, such as 3-moco
  --course FOLDER  where the assignments and grades are, inside the course (default: grading)
  --verbose        with all that nbgrader says
  --help           this text

What is graded again takes the place of its earlier grade.`;

/** @throws SetupError when two notebooks would be one student's, and one would take the place of the other */
function refuseClashes({ clashes }, name) {
  if (clashes.length === 0) return;
  throw new SetupError(
    `Several notebooks would be the same student's: ${clashes.join(', ')}. What stands before "_${name}" up to the underscore ` +
      'before it is the name: rename them (ann-lee, not ann_lee), or keep the newer one, then collect again.',
  );
}

/** Whether a folder has that of a student, for one assignment or for any. */
function hasWork(folder, name = '') {
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((student) => existsSync(join(folder, student, name)));
}

const COMMANDS = {
  async release({ root, course, nbgrader }, name) {
    const source = assignmentSource(root, name);
    const folder = join(course, 'source', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.ipynb`), `${JSON.stringify(source, null, 1)}\n`);
    await nbgrader.run('generate_assignment', name, '--force');
    console.log(`Hand out ${relative(root, join(course, 'release', name, `${name}.ipynb`))}.`);
  },

  async collect({ course, nbgrader }, name, from) {
    if (from === undefined || !statSync(from, { throwIfNoEntry: false })?.isDirectory()) {
      throw new SetupError(
        `collect was given ${from ?? 'no folder'}; expected the folder of handed-in notebooks, named like ann_${name}.ipynb.`,
      );
    }
    const files = readdirSync(from).filter((file) => /\.(ipynb|zip)$/.test(file));
    refuseClashes(handedIn(files, name), name);
    const archive = join(course, 'downloaded', name, 'archive');
    rmSync(join(course, 'downloaded', name), { recursive: true, force: true });
    mkdirSync(archive, { recursive: true });
    for (const file of files) cpSync(join(from, file), join(archive, file));
    await nbgrader.run('zip_collect', name, '--force');
    const extracted = join(course, 'downloaded', name, 'extracted');
    const found = handedIn(readdirSync(extracted, { recursive: true, encoding: 'utf8' }), name);
    refuseClashes(found, name);
    const { students, others } = found;
    if (others.length > 0) {
      console.log(
        `Left out, for they are not named like ann_${name}.ipynb (letters, digits, dots and hyphens before "_"): ${others.join(', ')}. Rename them, then collect again.`,
      );
    }
    if (students.length === 0) {
      throw new SetupError(
        `Nothing was collected from ${from}; expected notebooks named like ann_${name}.ipynb, or zip files of such.`,
      );
    }
    console.log(`Collected ${students.length}: ${students.join(', ')}.`);
  },

  async grade({ root, course, nbgrader }, name) {
    const again = (/** @type {string} */ command) => `run "npm run teach -- ${command}" first.`;
    if (!existsSync(join(course, 'source', name))) {
      throw new SetupError(`${name} was never released; ${again(`release ${name}`)}`);
    }
    if (!hasWork(join(course, 'submitted'), name)) {
      throw new SetupError(`Nothing was collected for ${name}; ${again(`collect ${name} FOLDER`)}`);
    }
    await nbgrader.run('autograde', name, '--create', '--force');
    await nbgrader.run('generate_feedback', name, '--force');
    // Loaded only now: it needs a package that the set-up may have installed a moment ago.
    const { feedbackPage } = await import('./teach/feedback-page.mjs');
    for (const student of readdirSync(join(course, 'feedback'))) {
      const file = join(course, 'feedback', student, name, `${name}.html`);
      if (existsSync(file)) writeFileSync(file, feedbackPage(readFileSync(file, 'utf8')));
    }
    console.log(`Feedback pages are in ${relative(root, join(course, 'feedback'))}.`);
  },

  async export({ root, course, nbgrader }) {
    const file = join(course, 'grades.csv');
    if (!hasWork(join(course, 'autograded'))) {
      throw new SetupError(
        'Nothing was graded yet; run "npm run teach -- grade NAME" first, NAME such as 3-moco.',
      );
    }
    await nbgrader.run('export', `--to=${file}`);
    // Loaded only now: it needs a package that the set-up may have installed a moment ago.
    const { gradeLines } = await import('./teach/grade-lines.mjs');
    for (const line of gradeLines(readFileSync(file, 'utf8'))) console.log(line);
    console.log(`The grades are in ${relative(root, file)}.`);
  },
};

/** How many words a command takes, itself among them. */
const WORDS = { release: 2, collect: 3, grade: 2, export: 1 };

/** @throws UsageError for a command that is none, or for what stands behind it */
function assertWords([command = '', ...words]) {
  if (!Object.hasOwn(COMMANDS, command)) {
    const given = command === '' ? 'No command was given.' : `There is no command "${command}".`;
    throw new UsageError(`${given}\n\n${HELP}`);
  }
  const surplus = words[WORDS[command] - 1];
  if (surplus === undefined) return;
  throw new UsageError(
    `"${surplus}" is one word too many for ${command}. "npm run teach -- --help" says what there is.`,
  );
}

try {
  const { values, positionals } = readCommandLine('npm run teach -- --help', {
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      course: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const [command = '', name = '', from] = positionals;
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  assertWords(positionals);
  const { root, env, context } = await ensureSetupOrExit();
  if (command !== 'export') assertAssignment(root, name);
  const course = folderOption('--course', values.course ?? 'grading', root);
  if (/^(\.\.|$)/.test(relative(root, course))) {
    throw new UsageError(
      `--course is "${values.course}"; expected a folder of its own inside ${root}, where kernels find the packages.`,
    );
  }
  mkdirSync(course, { recursive: true });
  const nbgrader = new Nbgrader(context, course, { env, verbose: values.verbose });
  await COMMANDS[command]({ root, course, nbgrader }, name, from);
} catch (error) {
  reportFailure(error);
}
