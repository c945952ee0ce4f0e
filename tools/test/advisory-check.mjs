// Asks the package registry for published advisories about anything in package-lock.json: fails where there is one. A machine
// without a network, and a registry that does not know advisories, are said, and are no failure.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { counted } from '../setup/counted.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PATIENCE_MS = 120_000;

/**
 * @typedef {{ advisories: string[] } | { notAsked: string }} Answer
 */

/**
 * What `npm audit --json` has found.
 *
 * @param {string} text its output
 * @returns {Answer} one line for each advisory
 */
export function auditAnswer(text) {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return { notAsked: 'npm gave no report' };
  }
  if (report.vulnerabilities === undefined) {
    const reason = report.error?.summary || report.message || 'it gave no reason';
    // The address of the registry is nobody's business in a log.
    return {
      notAsked: `${reason}`
        .replace(/https?:\/\/\S+/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    };
  }
  const advisories = Object.values(report.vulnerabilities).flatMap(({ name, via }) =>
    via
      // A name alone stands for a package that has the advisory through another one, which is listed itself.
      .filter((each) => typeof each === 'object')
      .map(({ title, severity, range, url }) => `${name} ${range}: ${title} (${severity}) ${url}`),
  );
  return { advisories: [...new Set(advisories)].sort() };
}

/**
 * @param {string} root the folder with the lock file
 * @param {string[]} args further arguments of npm
 * @returns {Answer}
 */
export function askForAdvisories(root, args = []) {
  const { stdout, error } = spawnSync(
    'npm',
    ['audit', '--json', '--package-lock-only', '--fetch-retries=1', ...args],
    { cwd: root, encoding: 'utf8', timeout: PATIENCE_MS, shell: process.platform === 'win32' },
  );
  if (error !== undefined) return { notAsked: error.message };
  return auditAnswer(stdout);
}

function main() {
  const answer = askForAdvisories(ROOT);
  if ('notAsked' in answer) {
    console.log(`Not asked: no registry that knows advisories (${answer.notAsked}).`);
    return 0;
  }
  for (const line of answer.advisories) console.log(line);
  const count = answer.advisories.length;
  console.log(
    count === 0
      ? 'No known advisory.'
      : `${counted(count, 'known advisory', 'known advisories')}: update the package, or set a version under "overrides" in package.json.`,
  );
  return count === 0 ? 0 : 1;
}

if (process.argv[1] === join(ROOT, 'tools', 'test', 'advisory-check.mjs'))
  process.exitCode = main();
