/**
 * The records of a CSV file, as Python's `csv` writes it.
 *
 * @param {string} text
 * @returns {string[][]}
 */
function records(text) {
  /** @type {string[][]} */
  const rows = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/gy;
  /** @type {string[]} */
  let row = [];
  while (field.lastIndex < text.length) {
    const [, raw = '', end] = field.exec(text) ?? [];
    row.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/**
 * A line for each grade of nbgrader's export: `3-moco, ann: 15.5 of 20`.
 *
 * @param {string} csv with the columns `assignment`, `student_id`, `score` and `max_score`
 * @returns {string[]} sorted by assignment and student
 */
export function gradeLines(csv) {
  const [head = [], ...grades] = records(csv);
  const of = (/** @type {string[]} */ row, /** @type {string} */ column) =>
    row[head.indexOf(column)] ?? '';
  const points = (/** @type {string} */ text) => `${Math.round(100 * Number(text)) / 100}`;
  return grades
    .map(
      (row) =>
        `${of(row, 'assignment')}, ${of(row, 'student_id')}: ${points(of(row, 'score'))} of ${points(of(row, 'max_score'))}`,
    )
    .sort();
}
