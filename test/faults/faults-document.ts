import type { Tally } from './campaign';

/** The run that the tallies come from. */
export interface FaultRun {
  readonly tallies: readonly Tally[];
  readonly minutes: number;
  readonly seed: number;
  readonly machine: string;
  readonly date: Date;
}

const countOf = (tally: Tally, what: 'loss' | 'raw error') =>
  tally.failures.filter((failure) => failure.what === what).length;

/** True where nothing was lost, nothing raw was thrown, nothing was left, and every campaign did something. */
export function isClean(tallies: readonly Tally[]): boolean {
  return tallies.every(
    ({ count, failures, leftovers }) =>
      count > 0 && failures.length === 0 && leftovers.length === 0,
  );
}

/** The closing table, in Markdown. */
export function faultsTable(tallies: readonly Tally[]): string {
  const row = (title: string, group: readonly Tally[]) => {
    const sum = (value: (tally: Tally) => number) =>
      group.reduce((total, one) => total + value(one), 0);
    const cells = [
      sum(({ count }) => count).toLocaleString('en'),
      sum((one) => countOf(one, 'loss')),
      sum((one) => countOf(one, 'raw error')),
      sum(({ leftovers }) => leftovers.length),
    ];
    return `| ${title} | ${cells.join(' | ')} |`;
  };
  return [
    '| kind | faults | losses | raw errors | leftovers |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...tallies.map((tally) => row(`${tally.kind}: ${tally.title}`, [tally])),
    row('**all**', tallies),
  ].join('\n');
}

/** What went wrong, with the command that shows it again; empty where nothing did. */
export function faultsReport(tallies: readonly Tally[]): string {
  return tallies
    .flatMap(({ kind, count, failures, leftovers }) => [
      ...failures.map(
        ({ what, message, fault, seed, path }) =>
          `${kind}: ${what}: ${message}\n  fault: ${fault}\n` +
          `  again: npm run faults -- --only ${kind} --seed ${seed} --path "${path}"`,
      ),
      ...leftovers.map((left) => `${kind}: left behind: ${left}`),
      ...(count === 0 ? [`${kind}: no fault was inflicted`] : []),
    ])
    .join('\n');
}

/** `bench/FAULTS.md`. */
export function faultsDocument({ tallies, minutes, seed, machine, date }: FaultRun): string {
  const verdict = isClean(tallies)
    ? 'Nothing was lost, every failure was a sentence, and nothing was left behind.'
    : `What went wrong:\n\n\`\`\`\n${faultsReport(tallies)}\n\`\`\``;
  return `# Faults

Random faults, each with what must hold afterwards: written by \`npm run faults -- --minutes ${minutes} --seed ${seed} --save\` on
${date.toISOString().slice(0, 10)}, on ${machine}.

${faultsTable(tallies)}

${verdict}

- A **loss** is work or data that are gone, wrong or half-written: a resumed training whose losses differ, a file that is no
  whole state, a stranger's code that ran.
- A **raw error** is a failure that is no sentence of this project: another class of error than is documented, a hang, the end
  of a process.
- A **leftover** is a process, a temporary file or a listening port that is still there when a campaign is over.

The faults are drawn by fast-check from the seed; what fails is made smaller where that is cheap, and printed with the command that
shows it again. How many there are in a time depends on the machine. Each campaign is a file in \`test/faults/\`.
`;
}
