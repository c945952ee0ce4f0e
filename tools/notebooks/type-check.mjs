import ts from 'typescript';

/**
 * The cells of a notebook, one after the other, are a strict TypeScript module. tslab itself does not check strictly,
 * so this finds what a learner's editor would.
 *
 * @param {import('./joined-module.mjs').JoinedModule} module
 * @param {ts.Program} program
 */
export function typeErrors(module, program) {
  const { sourceFile } = module;
  return [
    ...program.getSyntacticDiagnostics(sourceFile),
    ...program.getSemanticDiagnostics(sourceFile),
  ].map((diagnostic) => ({
    notebook: module.notebook.path,
    ...module.placeOf(diagnostic.start ?? 0),
    what: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
    fix: `fix the types (TS${diagnostic.code})`,
  }));
}
