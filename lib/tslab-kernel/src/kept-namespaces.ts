import type { CompilerApi } from './compiler-api';

/**
 * What later cells know of earlier ones, with the namespaces that tslab forgets: what it carries over from one cell to the
 * next are variables, types, classes, enums and imports, so that a namespace is known in the next cell and then no more.
 *
 * @param before the declarations that the cell was compiled with
 * @param after those that tslab gives the next cell
 * @param declared the names that the cell declares; a namespace of such a name is replaced by it
 */
export function withNamespaces(
  ts: CompilerApi,
  before: string,
  after: string,
  declared: readonly string[],
): string {
  const known = new Set([...declared, ...namespaces(ts, after).map(({ name }) => name)]);
  const forgotten = namespaces(ts, before).filter(({ name }) => !known.has(name));
  return after + forgotten.map(({ text }) => `${text}\n`).join('');
}

/** The namespaces of a text of declarations, each with its own text. */
function namespaces(ts: CompilerApi, declarations: string): { name: string; text: string }[] {
  if (!declarations.includes('namespace ')) return [];
  const file = ts.createSourceFile('cell.d.ts', declarations, ts.ScriptTarget.Latest, false);
  return file.statements
    .filter((statement) => ts.isModuleDeclaration(statement))
    .map((statement) => ({ name: statement.name.text, text: statement.getText(file) }));
}
