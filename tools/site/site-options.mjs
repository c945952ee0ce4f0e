import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { folderOption, readCommandLine, UsageError } from '../command-line.mjs';
import { repositoryAddress } from './repository-address.mjs';

export const HELP = `Makes a static site of the course from the outputs that are committed; nothing is executed.

  npm run site -- [options]

  --out DIR            where the site goes; an earlier one there is replaced (default: site-output)
  --repository URL     address of the course's repository on GitHub: pages then link to it, and to the services that open a
                       notebook from there (default: $SITE_REPOSITORY, else that of the GitHub action it runs in)
  --help               this text

The site needs no network and no server: open index.html, or serve the folder. Python 3.11 or later; the first call installs
Sphinx into the user's cache.`;

/**
 * Whether a site may be written to a folder: it is not there, empty, or holds what an earlier call made.
 *
 * @param {string} out
 * @throws UsageError
 */
export function assertMayHoldSite(out) {
  if (!existsSync(out) || readdirSync(out).length === 0) return;
  if (existsSync(join(out, 'searchindex.js'))) return;
  throw new UsageError(`${out} exists and holds no site; name another folder with --out.`);
}

/**
 * The command line of `npm run site`.
 *
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @throws UsageError
 */
export function siteOptions(args, env) {
  const { values } = readCommandLine('npm run site -- --help', {
    args,
    options: {
      out: { type: 'string', default: 'site-output' },
      repository: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const repository = repositoryAddress(values.repository ?? env.SITE_REPOSITORY, env);
  if (repository !== undefined && !/^https?:\/\/[^/]+\/[^/]+\/[^/]+$/.test(repository)) {
    throw new UsageError(
      `--repository is "${repository}"; expected an address such as https://github.com/OWNER/NAME.`,
    );
  }
  return { help: values.help, out: folderOption('--out', values.out), repository };
}
