import type * as TS from '@tslab/typescript-for-tslab';
import type { CompilerApi } from './compiler-api';

/** A cell as it is given to tslab. */
export interface PreparedSource {
  readonly text: string;
  /** True where the cell awaits something outside its functions. */
  readonly awaits: boolean;
  /** Variables of the cell that code may assign to later. */
  readonly reassignable: readonly string[];
  /** The place in the cell as it was written of a place in `text`; both count from 0. */
  original(line: number, character: number): number;
}

interface Edit {
  readonly position: number;
  readonly removed: number;
  readonly inserted: string;
}

/**
 * Rewrites what tslab does not compile rightly, on the same lines:
 * - `{ x }` becomes `{ x: x }`: tslab looks for an earlier cell's variable `x` only in whole expressions (tslab#76);
 * - `const { x: y } = z` becomes `const { 'x': y } = z`: where an earlier cell declares the property, tslab takes its name for a variable;
 * - `export` before a declaration is left out: tslab exports every name by itself and refuses to do so twice.
 */
export function prepareSource(ts: CompilerApi, source: string, isJs: boolean): PreparedSource {
  const kind = isJs ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true, kind);
  const edits: Edit[] = [];
  const reassignable = new Set<string>();
  let awaits = false;

  const declare = (name: TS.BindingName): void => {
    if (ts.isIdentifier(name)) reassignable.add(name.text);
    else for (const one of name.elements) if (!ts.isOmittedExpression(one)) declare(one.name);
  };

  const visit = (node: TS.Node, insideFunction: boolean): void => {
    if (ts.isShorthandPropertyAssignment(node)) {
      const { end } = node.name;
      edits.push({ position: end, removed: 0, inserted: `: ${node.name.text}` });
    }
    if (ts.isBindingElement(node) && node.propertyName && ts.isIdentifier(node.propertyName)) {
      for (const position of [node.propertyName.getStart(), node.propertyName.end]) {
        edits.push({ position, removed: 0, inserted: "'" });
      }
    }
    if (!insideFunction) {
      awaits ||=
        ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier != null);
      if (ts.isVariableDeclarationList(node) && isReassignable(ts, node)) {
        for (const { name } of node.declarations) declare(name);
      }
    }
    const deeper = insideFunction || ts.isFunctionLike(node) || ts.isModuleBlock(node);
    const inner = deeper || ts.isClassStaticBlockDeclaration(node);
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  for (const statement of file.statements) {
    const exported = exportKeyword(ts, statement);
    if (exported !== undefined) edits.push(exported);
    visit(statement, false);
  }
  edits.sort((a, b) => a.position - b.position);
  return {
    text: applied(source, edits),
    awaits,
    reassignable: [...reassignable],
    original: (line, character) => originalCharacter(file, edits, line, character),
  };
}

/** `let` or `var` among the statements of the cell; those of loops and blocks stay there. */
function isReassignable(ts: CompilerApi, list: TS.VariableDeclarationList): boolean {
  if (list.flags & ts.NodeFlags.Const) return false;
  return ts.isVariableStatement(list.parent) && ts.isSourceFile(list.parent.parent);
}

function exportKeyword(ts: CompilerApi, statement: TS.Statement): Edit | undefined {
  if (!ts.canHaveModifiers(statement)) return undefined;
  const modifiers = ts.getModifiers(statement) ?? [];
  const keyword = modifiers.find(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (keyword === undefined) return undefined;
  if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) return undefined;
  return { position: keyword.getStart(), removed: 6, inserted: ' '.repeat(6) };
}

function applied(source: string, edits: readonly Edit[]): string {
  let text = '';
  let from = 0;
  for (const { position, removed, inserted } of edits) {
    text += source.slice(from, position) + inserted;
    from = position + removed;
  }
  return text + source.slice(from);
}

function originalCharacter(
  file: TS.SourceFile,
  edits: readonly Edit[],
  line: number,
  character: number,
): number {
  let shift = 0;
  for (const { position, removed, inserted } of edits) {
    const at = file.getLineAndCharacterOfPosition(position);
    if (at.line !== line || at.character + shift >= character) continue;
    // Within what was inserted, the place is that of the insertion.
    shift += Math.min(inserted.length - removed, character - (at.character + shift));
  }
  return character - shift;
}
