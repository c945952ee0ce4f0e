// `npm run site`: the course as a static site, from the outputs that are committed; nothing is executed.
import { UsageError } from './command-line.mjs';
import { counted } from './setup/counted.mjs';
import { libraryBuild } from './setup/library-build.mjs';
import { nodePackages } from './setup/node-packages.mjs';
import { nodeVersion } from './setup/node-version.mjs';
import { ensureSetup, SetupError } from './setup.mjs';
import { assertMayHoldSite, HELP, siteOptions } from './site/site-options.mjs';
import { sitePython, sitePythonOf } from './site/site-python.mjs';

/** Neither JupyterLab nor TensorFlow: pages are made of what is committed. */
const STEPS = [nodeVersion, nodePackages, libraryBuild, sitePython];

async function main() {
  const options = siteOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  assertMayHoldSite(options.out);
  const { root, context } = await ensureSetup({}, STEPS);
  // Loaded only now: it needs packages that the set-up may have installed a moment ago.
  const { buildSite } = await import('./site/site-build.mjs');
  const { pages, warnings, seconds } = await buildSite({
    root,
    python: sitePythonOf(context),
    out: options.out,
    repository: options.repository,
    say: console.log,
  });
  for (const warning of warnings) console.error(warning);
  console.log(
    `${counted(pages, 'page')} in ${seconds.toFixed(0)} s: open ${options.out}/index.html, or put the folder on any web server.`,
  );
  if (warnings.length === 0) return 0;
  console.error(`${counted(warnings.length, 'thing')} to fix, named above.`);
  return 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError || error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  // 3 tells a test that the packages cannot be had here, and not that the site is wrong.
  process.exitCode = error instanceof UsageError ? 2 : 3;
}
