/** @param {number} seconds */
export function formatSeconds(seconds, digits = 1) {
  if (seconds < 100) return `${seconds.toFixed(digits)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** @param {number} bytes */
export function formatMemory(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** Four significant digits, without a tail of zeros; very small and very large numbers as powers of ten. */
function formatValue(value) {
  if (value === null) return 'not finite';
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/**
 * `58.1 ± 0.4 % (test, n = 1,000, seed 1)`
 *
 * @param {Omit<import('./notebook-run.mjs').NotebookResult['reports'][number], 'name'>} report
 */
export function formatReport({ value, deviation, unit, split, n, seed, seeds }) {
  const about = [
    ...(split === undefined ? [] : [split]),
    ...(n === undefined ? [] : [`n = ${n.toLocaleString('en-GB')}`]),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    ...(seeds === undefined ? [] : [`seeds ${seeds.join(', ')}`]),
  ];
  const spread = deviation === undefined ? '' : ` ± ${formatValue(deviation)}`;
  const quantity = `${formatValue(value)}${spread}${unit ? ` ${unit}` : ''}`;
  return about.length === 0 ? quantity : `${quantity} (${about.join(', ')})`;
}

/**
 * The table at the end of a run: a line for each notebook and, below it, the numbers it reports.
 *
 * @param {{ notebook: string, result: import('./notebook-run.mjs').NotebookResult }[]} runs
 * @param {{ limit: number | null, exerciseLimit: number | null }} limits seconds a notebook, an exercise should keep
 */
export function closingTable(runs, { limit, exerciseLimit }) {
  const heads = ['notebook', 'cells', 'time', 'peak memory', ''];
  const rows = runs.map(({ notebook, result }) => [
    notebook,
    String(result.cells),
    formatSeconds(result.seconds),
    result.peak > 0 ? formatMemory(result.peak) : '–',
    remark(result, notebook.startsWith('exercises/') ? exerciseLimit : limit),
  ]);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row) =>
    row
      .map((cell, column) =>
        column === 0 || column === 4 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd();

  const text = [line(heads), '─'.repeat(line(heads).length)];
  runs.forEach(({ result }, index) => {
    text.push(line(rows[index]));
    const width = Math.max(0, ...result.reports.map(({ name }) => name.length));
    for (const report of result.reports) {
      text.push(`    ${report.name.padEnd(width)}  ${formatReport(report)}`);
    }
  });
  return text.join('\n');
}

function remark({ failure, seconds }, limit) {
  if (failure?.kind === 'stopped') return 'stopped';
  if (failure) return 'FAILED';
  return limit !== null && seconds > limit ? `over the limit of ${limit} s` : '';
}

/**
 * What a person needs to fix a failed notebook.
 *
 * @param {string} notebook
 * @param {NonNullable<import('./notebook-run.mjs').NotebookResult['failure']>} failure
 */
export function failureText(notebook, { message, number, position, source }) {
  const where =
    number === undefined ? '' : `, code cell [${number}] (cell ${position} of the notebook)`;
  const bar = (text) => text.replace(/^/gm, '  │ ').trimEnd();
  const parts = [`✗ ${notebook}${where}:`, bar(message)];
  if (source !== undefined) parts.push('  in', bar(source));
  return parts.join('\n');
}
