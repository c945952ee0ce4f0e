import { textOf } from '../notebooks/notebook.mjs';
import { counted } from '../setup/counted.mjs';

/** What notebooks print: `standard profile. …`, `Profile standard. …`, `profile    standard (…)`. */
const PROFILE = /^(?:(quick|standard|full) profile\b|profile +(quick|standard|full)\b)/im;
/** The progress of a data set that is read, in words: `Reading CIFAR-10: 50,000 images · …`. */
const DATA = /^Reading ([^:\n]+):/m;

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** @param {string} day `2026-11-28` */
export function dayInWords(day) {
  return DAY.format(new Date(day));
}

/** @param {number} seconds */
function inMinutes(seconds) {
  const rest = Math.round(seconds) % 60;
  const minutes = Math.floor(Math.round(seconds) / 60);
  return [minutes > 0 ? `${minutes} min` : '', rest > 0 || minutes === 0 ? `${rest} s` : '']
    .filter((part) => part !== '')
    .join(' ');
}

/**
 * What an executed notebook says of its run, in a sentence; nothing that it does not say. `npm run course` writes date, profile,
 * processor and seconds into its metadata; of a notebook executed before it did, profile and data are known where it printed them,
 * and the day it was last changed stands for that of its run.
 *
 * @param {{ metadata: { selfsup?: { run?: any } }, cells: any[] }} notebook
 * @param {string | undefined} committed the day of its last commit, where git tells it
 * @returns {string | undefined} `undefined` for a notebook without outputs
 */
export function lastRun(notebook, committed) {
  const outputs = notebook.cells.flatMap(({ outputs: shown = [] }) => shown);
  if (outputs.length === 0) return undefined;
  const printed = outputs.map(({ text, data }) => textOf(text ?? data?.['text/plain'])).join('\n');
  const [, before, after] = PROFILE.exec(printed) ?? [];
  const [, data] = DATA.exec(printed) ?? [];
  const run = notebook.metadata.selfsup?.run;
  const profile = run?.profile ?? before ?? after;
  const what = [data, profile && `${profile} profile`].filter(Boolean).join(', ');
  if (run === undefined) {
    const day = committed && `the notebook was last changed on ${dayInWords(committed)}`;
    return [what, day].filter(Boolean).join('; ') || undefined;
  }
  const cores = run.cores && counted(run.cores, 'core');
  const machine = [run.processor, cores].filter(Boolean).join(', ');
  const duration =
    run.seconds && `${inMinutes(run.seconds)} on ${machine || 'an unknown processor'}`;
  return [run.date && dayInWords(run.date), what, duration].filter(Boolean).join('; ');
}
