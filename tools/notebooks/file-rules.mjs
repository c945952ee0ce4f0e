/** More than this and GitHub does not show the notebook. */
const TOO_LARGE = 10e6;

/**
 * The file says that it is TypeScript for tslab, and nothing else that a run leaves behind.
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 * @returns {import('./notebook.mjs').Finding[]}
 */
export function metadata(notebook) {
  const findings = [];
  const found = (what, fix, cell) =>
    findings.push({ notebook: notebook.path, ...(cell && { cell: cell.position }), what, fix });
  const { kernelspec, allow_errors: allowErrors } = notebook.metadata;

  if (notebook.format !== 4)
    found(`it is in notebook format ${notebook.format}`, 'save it as version 4');
  if (kernelspec?.name !== 'tslab' || kernelspec?.language !== 'typescript') {
    found(
      `its kernel is "${kernelspec?.name}"`,
      'set metadata.kernelspec to { "display_name": "TypeScript", "language": "typescript", "name": "tslab" }',
    );
  }
  if (allowErrors) {
    found(
      'it allows errors',
      'remove allow_errors: after an error tslab drops the cells that follow',
    );
  }
  if (notebook.size > TOO_LARGE) {
    found(
      `it has ${(notebook.size / 1e6).toFixed(1)} MB`,
      `keep it under ${TOO_LARGE / 1e6} MB: fewer or smaller figures`,
    );
  }
  const ids = new Set();
  for (const cell of notebook.cells) {
    const tags = cell.metadata.tags ?? [];
    if (tags.includes('raises-exception') || tags.includes('skip-execution')) {
      found(
        `the cell has the tag "${tags.join(', ')}"`,
        'remove it: every cell runs, and after an error tslab drops the cells that follow; catch the error in the cell',
        cell,
      );
    }
    if (cell.metadata.execution !== undefined) {
      found('the cell holds the times of a run', 'save it with "npm run course -- --save"', cell);
    }
    if (cell.id === undefined || ids.has(cell.id)) {
      found('the cell has no id of its own', 'give each cell another id', cell);
    }
    ids.add(cell.id);
  }
  return findings;
}
