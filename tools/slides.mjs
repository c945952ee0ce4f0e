// Slides of the lessons, for a beamer and without a network: `npm run slides`, `npm run slides -- 03 07 --out slides`.
import { fileURLToPath } from 'node:url';
import { folderOption, readCommandLine, refuseUsage } from './command-line.mjs';
import { chooseNotebooks, lessonNames } from './course/notebook-list.mjs';
import { counted } from './setup/counted.mjs';
import { ensureSetupOrExit } from './setup.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const HELP = `Makes slides (reveal.js) of the lessons with their committed outputs, one HTML file each that needs no network.

  npm run slides -- [LESSON …] [options]

  LESSON         a lesson by the beginning of its name: 03 07 (default: all)
  --out FOLDER   where they are written (default: slides)
  --help         this text

Open a file in a browser: the arrow keys turn the slides, F fills the screen.`;

async function main() {
  const { values, positionals } = readCommandLine('npm run slides -- --help', {
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'slides' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const out = folderOption('--out', values.out);
  const lessons = chooseNotebooks(lessonNames(ROOT), positionals);
  const { root, python } = await ensureSetupOrExit();
  // Loaded only now: it needs packages that the set-up may have installed a moment ago.
  const { makeSlides } = await import('./slides/slide-decks.mjs');
  const files = await makeSlides(root, { lessons, out, python });
  console.log(
    `${counted(files.length, 'deck')} of slides in ${out}. Open one in a browser; F fills the screen.`,
  );
}

try {
  await main();
} catch (error) {
  refuseUsage(error);
}
