// Slides of the lessons, for a beamer and without a network: `npm run slides`, `npm run slides -- 03 07 --out slides`.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseNotebooks, lessonNames } from './course/notebook-list.mjs';
import { UsageError } from './course/options.mjs';
import { ensureSetupOrExit } from './setup.mjs';

const HELP = `npm run slides [-- LESSON … --out FOLDER]

Makes slides (reveal.js) of the lessons with their committed outputs, one HTML file each that needs no network: open it in a
browser; F is the full screen, the arrow keys turn the slides. Without a LESSON (03, 07 …): of all.

  --out FOLDER   where they are written. Default: slides
`;

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'slides' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const { root, python } = await ensureSetupOrExit();
  const lessons = chooseNotebooks(lessonNames(root), positionals);
  // Loaded only now: it needs packages that the set-up may have installed a moment ago.
  const { makeSlides } = await import('./slides/slide-decks.mjs');
  const files = await makeSlides(root, { lessons, out: resolve(values.out), python });
  console.log(
    `${files.length} ${files.length === 1 ? 'deck' : 'decks'} of slides in ${resolve(values.out)}. Open one in a browser; F is the full screen.`,
  );
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
