import { parse } from 'csv-parse/sync';

/**
 * A line for each grade of nbgrader's export: `3-moco, ann: 15.5 of 20`.
 *
 * @param {string} csv with the columns `assignment`, `student_id`, `score` and `max_score`
 * @returns {string[]} sorted by assignment and student
 */
export function gradeLines(csv) {
  /** @type {Record<string, string>[]} */
  const grades = parse(csv, { columns: true });
  const points = (/** @type {string | undefined} */ text) =>
    `${Math.round(100 * Number(text)) / 100}`;
  return grades
    .map(
      ({ assignment, student_id, score, max_score }) =>
        `${assignment}, ${student_id}: ${points(score)} of ${points(max_score)}`,
    )
    .sort();
}
