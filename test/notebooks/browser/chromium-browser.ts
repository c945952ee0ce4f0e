import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Chromium's names on the systems the course runs on. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The browser on this machine: the one the variable `CHROMIUM` names, else one on the PATH; `null` for none. */
export function findChromium(): string | null {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = process.env.CHROMIUM
    ? [process.env.CHROMIUM]
    : [...folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))), ...PLACES];
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here.
    }
  }
  return null;
}

/** Nothing of the browser's own reaches for the network. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];
