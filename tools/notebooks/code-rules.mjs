import ts from 'typescript';

/** Lines of a code cell, at most. */
const MOST_LINES = 20;
/** Lines of imports in a notebook, at most: its first lines are not to be a wall of names. */
const MOST_IMPORT_LINES = 8;

/** What shows, tabulates and reports; the rest is what a reader should study. */
const DISPLAY = new Set(['show', 'table', 'report', 'console.log']);
/** Percent of a notebook's lines of code that may do so, and the lines from which on a share means something. */
const MOST_DISPLAY = 10;
const FEWEST_LINES = 50;

/** @param {import('./notebook.mjs').Notebook} notebook */
export function longCells(notebook) {
  return notebook.codeCells
    .map((cell) => ({ cell, lines: cell.source.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ cell, lines }) => ({
      notebook: notebook.path,
      cell: cell.position,
      what: `the cell has ${lines} lines`,
      fix: `keep code cells to ${MOST_LINES} lines: split it, or move the longer part to lib/`,
    }));
}

/** What `require` or `import()` gives, or a part of it: `require('node:path').sep`. */
function isLoaded(expression) {
  if (
    ts.isAwaitExpression(expression) ||
    ts.isPropertyAccessExpression(expression) ||
    ts.isParenthesizedExpression(expression) ||
    ts.isNonNullExpression(expression) ||
    ts.isAssertionExpression(expression) ||
    ts.isSatisfiesExpression(expression)
  ) {
    return isLoaded(expression.expression);
  }
  return ts.isCallExpression(expression) && isLoading(expression);
}

/** `require(…)` or `import(…)`. */
function isLoading({ expression }) {
  return (
    expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(expression) && expression.text === 'require')
  );
}

/** A statement that brings names of a module into the notebook, in whatever way. */
function isImport(statement) {
  if (ts.isImportDeclaration(statement) || ts.isImportEqualsDeclaration(statement)) return true;
  if (ts.isExpressionStatement(statement)) return isLoaded(statement.expression);
  return (
    ts.isVariableStatement(statement) &&
    statement.declarationList.declarations.some(
      ({ initializer }) => initializer !== undefined && isLoaded(initializer),
    )
  );
}

/** @param {import('./notebook.mjs').Notebook} notebook */
export function longImports(notebook) {
  const findings = [];
  let total = 0;
  for (const cell of notebook.codeCells) {
    const file = ts.createSourceFile('cell.ts', cell.source, ts.ScriptTarget.Latest);
    const lines = file.statements
      .filter(isImport)
      .map((one) => one.getText(file).split('\n').length)
      .reduce((sum, count) => sum + count, 0);
    total += lines;
    if (lines === 0 || total <= MOST_IMPORT_LINES) continue;
    findings.push({
      notebook: notebook.path,
      cell: cell.position,
      what: `the imports take ${total} lines`,
      fix: `keep them to ${MOST_IMPORT_LINES} lines, with several names on each; what needs more belongs to lib/`,
    });
  }
  return findings;
}

/**
 * Lines of code of a cell, and those of them that belong to calls which display something.
 *
 * @param {string} source
 */
function displayLines(source) {
  const file = ts.createSourceFile('cell.ts', source, ts.ScriptTarget.Latest, true);
  const shown = new Set();
  const collect = (node) => {
    if (ts.isCallExpression(node) && DISPLAY.has(node.expression.getText(file))) {
      const first = file.getLineAndCharacterOfPosition(node.getStart(file)).line;
      const last = file.getLineAndCharacterOfPosition(node.end).line;
      for (let line = first; line <= last; line++) shown.add(line);
    } else ts.forEachChild(node, collect);
  };
  collect(file);
  const code = source.split('\n').filter((line) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(line));
  return { all: code.length, display: shown.size };
}

/**
 * Most lines of a notebook are what the reader should study, and not what shows it.
 *
 * @param {import('./notebook.mjs').Notebook} notebook
 */
export function displayCode(notebook) {
  const counts = notebook.codeCells.map(({ source }) => displayLines(source));
  const all = counts.reduce((sum, count) => sum + count.all, 0);
  const display = counts.reduce((sum, count) => sum + count.display, 0);
  if (all < FEWEST_LINES || 100 * display <= MOST_DISPLAY * all) return [];
  return [
    {
      notebook: notebook.path,
      what: `${display} of ${all} lines of code show, tabulate or report something, ${((100 * display) / all).toFixed(1)} %`,
      fix: `keep that to ${MOST_DISPLAY} %: charts and tables read titles, axes and descriptions from records, and a table reports its columns`,
    },
  ];
}

/** Visits every node of the module. */
function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** `var` knows no blocks; the error of a `catch` is none. */
function isVar(declaration) {
  const root = ts.isBindingElement(declaration)
    ? ts.walkUpBindingElementsAndPatterns(declaration)
    : declaration;
  return (
    ts.isVariableDeclaration(root) &&
    ts.isVariableDeclarationList(root.parent) &&
    (root.parent.flags & ts.NodeFlags.BlockScoped) === 0
  );
}

/** The declaration is the module's own: it is neither in a function nor, unless it is a `var`, in a block. */
function isTopLevel(declaration) {
  const leavesBlocks = isVar(declaration);
  for (let node = declaration.parent; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleBlock(node)) return false;
    if (leavesBlocks) continue;
    if (ts.isBlock(node) || ts.isCaseBlock(node)) return false;
    if (ts.isForStatement(node) || ts.isForInStatement(node) || ts.isForOfStatement(node)) {
      return false;
    }
  }
  return true;
}

/** The module's own top-level declaration behind a symbol. */
function topLevelDeclaration(module, symbol) {
  return symbol?.declarations?.find(
    (declaration) => declaration.getSourceFile() === module.sourceFile && isTopLevel(declaration),
  );
}

function isInsideFunction(node) {
  return ts.findAncestor(node, ts.isFunctionLike) !== undefined;
}

function isAssigned(identifier) {
  const { parent } = identifier;
  if (ts.isBinaryExpression(parent) && parent.left === identifier) {
    const { kind } = parent.operatorToken;
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
  }
  return (
    (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) &&
    (parent.operator === ts.SyntaxKind.PlusPlusToken ||
      parent.operator === ts.SyntaxKind.MinusMinusToken)
  );
}

/**
 * What TypeScript accepts and tslab, which compiles each cell on its own, does not.
 *
 * @param {import('./joined-module.mjs').JoinedModule} module
 * @param {ts.TypeChecker} checker
 */
export function tslabTraps(module, checker) {
  const cellOf = (node) => module.placeOf(node.getStart(module.sourceFile)).cell ?? 0;
  const findings = [];
  /** For each reassignable top-level variable: where functions of its own cell read it, where later cells assign it. */
  const variables = new Map();

  walk(module.sourceFile, (node) => {
    if (ts.isBindingElement(node) && node.propertyName && ts.isIdentifier(node.propertyName)) {
      const { propertyName } = node;
      const declarations = checker.getSymbolAtLocation(propertyName)?.declarations ?? [];
      if (
        declarations.some(
          (one) => one.getSourceFile() === module.sourceFile && cellOf(one) < cellOf(node),
        )
      ) {
        findings.push(
          module.finding(
            propertyName,
            `the property "${propertyName.text}" is declared in an earlier cell, and tslab takes its name here for a variable of that cell`,
            'take the value without another name, or read it as a property',
          ),
        );
      }
    } else if (node.kind === ts.SyntaxKind.ExportKeyword && !ts.isSourceFile(node.parent)) {
      findings.push(
        module.finding(
          node,
          'the cell exports a name, and tslab, which exports every name itself, refuses that',
          'leave out "export"',
        ),
      );
    } else if (ts.isIdentifier(node)) {
      const isShorthand = ts.isShorthandPropertyAssignment(node.parent);
      // Of a shorthand property, the symbol in its place is the property; what it names is asked for by itself.
      const symbol = isShorthand
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node);
      const declaration = topLevelDeclaration(module, symbol);
      if (declaration === undefined) return;
      if (isShorthand && cellOf(declaration) < cellOf(node)) {
        findings.push(
          module.finding(
            node,
            `the shorthand property "${node.text}" names something of an earlier cell, and tslab throws "${node.text} is not defined" (tslab#76)`,
            `write "${node.text}: ${node.text}"`,
          ),
        );
      }
      if (cellOf(declaration) > cellOf(node)) {
        findings.push(
          module.finding(
            node,
            `"${node.text}" is declared in a later cell, and tslab compiles a cell with the earlier ones alone, its functions too`,
            'declare it in this cell or before',
          ),
        );
      }
      if (!ts.isVariableDeclaration(declaration)) return;
      if (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) return;
      const found = variables.get(declaration) ?? { readers: [], assignments: [] };
      variables.set(declaration, found);
      const sameCell = cellOf(node) === cellOf(declaration);
      if (sameCell && isInsideFunction(node)) found.readers.push(node);
      if (!sameCell && isAssigned(node)) found.assignments.push(node);
    }
  });

  for (const { readers, assignments } of variables.values()) {
    if (readers.length === 0) continue;
    for (const node of assignments) {
      findings.push(
        module.finding(
          node,
          `"${node.text}" is reassigned, but the function of the earlier cell that uses it keeps its old value in tslab`,
          'pass the value to the function as an argument, or use a new name',
        ),
      );
    }
  }
  return findings;
}

/**
 * Promises at the end of a statement that nothing awaits: their errors and their figures come too late for the cell.
 *
 * @param {import('./joined-module.mjs').JoinedModule} module
 * @param {ts.TypeChecker} checker
 */
export function lostPromises(module, checker) {
  const findings = [];
  walk(module.sourceFile, (node) => {
    if (!ts.isExpressionStatement(node) || !ts.isCallExpression(node.expression)) return;
    if (checker.getTypeAtLocation(node.expression).getProperty('then') === undefined) return;
    findings.push(
      module.finding(
        node,
        `nothing awaits "${node.expression.expression.getText(module.sourceFile)}(…)"`,
        'write "await" before it',
      ),
    );
  });
  return findings;
}

/**
 * Randomness is seeded.
 *
 * @param {import('./joined-module.mjs').JoinedModule} module
 */
export function unseededRandomness(module) {
  const findings = [];
  walk(module.sourceFile, (node) => {
    if (
      ts.isPropertyAccessExpression(node) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === 'Math' &&
      node.name.text === 'random'
    ) {
      findings.push(
        module.finding(
          node,
          'Math.random gives other numbers at every run',
          'draw from a seeded RandomStream of selfsup',
        ),
      );
    }
  });
  return findings;
}

/** What gives an accuracy that depends on which labelled images vote. */
const JUDGES = new Set(['knnAccuracy', 'frozenKnn', 'frozenFeatureQuality']);

/**
 * One gallery for the whole course: with more labelled images the same features have a higher accuracy, and numbers of two
 * notebooks would not compare. A notebook on pictures of its own has none of the course's.
 *
 * @param {import('./joined-module.mjs').JoinedModule} module
 */
export function oneGallery(module) {
  const called = new Map();
  walk(module.sourceFile, (node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return;
    const name = node.expression.text;
    if (!called.has(name)) called.set(name, node);
  });
  const judge = [...called.keys()].find((name) => JUDGES.has(name));
  if (judge === undefined || !called.has('loadImageData') || called.has('courseGallery')) return [];
  return [
    module.finding(
      called.get(judge),
      `${judge} judges by another gallery than the rest of the course`,
      'take courseGallery(data.train) of selfsup-course as the labelled images',
    ),
  ];
}

/**
 * A stock tslab resolves packages by name, and only those; TensorFlow comes from selfsup, which loads the right engine.
 *
 * @param {import('./joined-module.mjs').JoinedModule} module
 */
export function imports(module) {
  const findings = [];
  const judge = (node, specifier) => {
    if (specifier.startsWith('.') || specifier.startsWith('/')) {
      findings.push(
        module.finding(
          node,
          `"${specifier}" is imported by its path, which a stock tslab does not find`,
          'import the package by its name',
        ),
      );
    } else if (/^(selfsup|selfsup-course|tfjs-compile|cifar10-loader)\//.test(specifier)) {
      findings.push(
        module.finding(
          node,
          `"${specifier}" reaches into a package`,
          `import from '${specifier.split('/')[0]}'`,
        ),
      );
    } else if (specifier.startsWith('@tensorflow/')) {
      findings.push(
        module.finding(
          node,
          `"${specifier}" is another engine than the one selfsup has loaded`,
          "import { tf } from 'selfsup'",
        ),
      );
    }
  };
  walk(module.sourceFile, (node) => {
    if (ts.isImportDeclaration(node)) {
      // Anything but a string is an error of syntax, which the type check reports.
      judge(node, /** @type {ts.StringLiteral} */ (node.moduleSpecifier).text);
    } else if (ts.isExternalModuleReference(node) && ts.isStringLiteralLike(node.expression)) {
      judge(node, node.expression.text);
    } else if (ts.isCallExpression(node)) {
      const [argument] = node.arguments;
      if (isLoading(node) && argument && ts.isStringLiteralLike(argument))
        judge(node, argument.text);
    }
  });
  return findings;
}

/** The type's own name, also behind a promise: `Figure` of `Promise<Figure>`. */
function nameOfType(type, checker) {
  const awaited = checker.getAwaitedType(type) ?? type;
  return (awaited.aliasSymbol ?? awaited.getSymbol())?.getName();
}

/** What an object literal says under a name; `undefined` when it does not say, or not in letters. */
function literalText(object, name) {
  const property = object.properties.find(
    (one) => ts.isPropertyAssignment(one) && one.name.getText() === name,
  );
  return property && ts.isStringLiteralLike(property.initializer)
    ? property.initializer.text
    : undefined;
}

/** Shorter than this is no description of a picture. */
const SHORTEST_DESCRIPTION = 20;

/**
 * Every figure has a title and a description, and goes through selfsup's `show`, which puts the description where a
 * reader who cannot see the figure finds it.
 *
 * @param {import('./joined-module.mjs').JoinedModule} module
 * @param {ts.TypeChecker} checker
 */
export function figureTexts(module, checker) {
  const findings = [];
  walk(module.sourceFile, (node) => {
    if (!ts.isCallExpression(node)) return;
    const callee = node.expression.getText(module.sourceFile);
    const first = node.arguments[0];
    const image = first && ts.isStringLiteralLike(first) && first.text.startsWith('image/');
    if (/\.(png|svg|jpeg|gif)$/.test(callee) && isTslabDisplay(node.expression, checker)) {
      findings.push(
        module.finding(
          node,
          `${callee} shows a picture without a text alternative`,
          'make a figure (imageGrid, lineChart, …) and show it with "await show(figure)"',
        ),
      );
    } else if (/\.raw$/.test(callee) && image && isTslabDisplay(node.expression, checker)) {
      findings.push(
        module.finding(
          node,
          `${callee} shows a picture without a text alternative`,
          'make a figure (imageGrid, lineChart, …) and show it with "await show(figure)"',
        ),
      );
    }
    if (nameOfType(checker.getTypeAtLocation(node), checker) !== 'Figure') return;
    const options = node.arguments.find((one) => ts.isObjectLiteralExpression(one));
    if (options === undefined) return;
    const title = literalText(options, 'title');
    const description = literalText(options, 'description');
    if (title !== undefined && title.trim() === '') {
      findings.push(module.finding(node, `${callee} makes a figure without a title`, 'write one'));
    }
    if (
      description !== undefined &&
      (description.trim().length < SHORTEST_DESCRIPTION || description === title)
    ) {
      findings.push(
        module.finding(
          node,
          `the description of ${callee} does not say what the figure shows`,
          'write what a reader who cannot see it should know: the axes, and what stands out',
        ),
      );
    }
  });
  return findings;
}

function isTslabDisplay(callee, checker) {
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const symbol = checker.getSymbolAtLocation(callee.name);
  return (
    symbol?.declarations?.some(({ parent }) =>
      /[\\/]tslab[\\/]/.test(parent.getSourceFile().fileName),
    ) === true
  );
}

/** What a reader must know about an accuracy. */
const PROVENANCE = [['split'], ['n'], ['seed', 'seeds']];

/**
 * Every accuracy names split, count and seed or, of a mean, seeds.
 *
 * @param {import('./joined-module.mjs').JoinedModule} module
 * @param {ts.TypeChecker} checker
 */
export function reportedAccuracies(module, checker) {
  const findings = [];
  const textOf = (node) => node?.getText(module.sourceFile) ?? '';
  walk(module.sourceFile, (node) => {
    if (!ts.isCallExpression(node)) return;
    const reported = reportedBy(textOf(node.expression), node.arguments, checker);
    if (reported === null || !/accura|recall|probe|knn/i.test(textOf(reported.name))) return;
    const { options } = reported;
    const type = options && checker.getTypeAtLocation(options);
    const missing = PROVENANCE.filter((names) => !names.some((one) => type?.getProperty(one)));
    if (missing.length > 0) {
      findings.push(
        module.finding(
          node,
          `the reported ${textOf(reported.name)} does not say its ${missing.map(([first]) => first).join(', ')}`,
          `give ${textOf(node.expression)}(…) { split, n, seed }`,
        ),
      );
    }
  });
  return findings;
}

/**
 * What a call reports, and the options that say what it was measured on: `report(name, value, options)`, or a table with `reports`.
 *
 * @param {string} callee
 * @param {readonly ts.Expression[]} given
 * @param {ts.TypeChecker} checker
 */
function reportedBy(callee, given, checker) {
  if (callee === 'report') return { name: given[0], options: given[2] };
  if (callee !== 'table' || given[1] === undefined) return null;
  const reports = checker.getTypeAtLocation(given[1]).getProperty('reports')?.valueDeclaration;
  return reports === undefined ? null : { name: reports, options: given[1] };
}

/** The function that a call gives to a `check`, where it is one and has a name. */
function judgedBy(node) {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
  const { expression: object } = node.expression;
  const [learner] = node.arguments;
  if (!ts.isIdentifier(object) || object.text !== 'check') return;
  return learner && ts.isIdentifier(learner) ? learner : undefined;
}

/**
 * What a learner has written is not only checked: their code computes something that the notebook shows.
 *
 * @param {import('./joined-module.mjs').JoinedModule} module
 * @param {ts.TypeChecker} checker
 */
export function unusedAnswers(module, checker) {
  const judged = new Map();
  walk(module.sourceFile, (node) => {
    const learner = judgedBy(node);
    if (learner) judged.set(checker.getSymbolAtLocation(learner), learner);
  });
  walk(module.sourceFile, (node) => {
    if (!ts.isIdentifier(node) || judgedBy(node.parent) === node) return;
    const symbol = checker.getSymbolAtLocation(node);
    if (symbol?.valueDeclaration !== node.parent) judged.delete(symbol);
  });
  return [...judged.values()].map((learner) =>
    module.finding(
      learner,
      `"${learner.text}" is checked, and nothing else uses it`,
      `let the learner's code compute what follows: ifPassed(${learner.text})`,
    ),
  );
}
