// Every name that a package of lib/ exports, and every method of it, says what it is: TypeScript's own view of the
// compiled declarations, the same that editors and `npm run docs` (typedoc) show.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';

const { values } = parseArgs({ options: { lib: { type: 'string' } } });
const lib = values.lib ?? fileURLToPath(new URL('../../lib', import.meta.url));

/**
 * The declaration files that a package's `exports` (or `types`) names.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function declarationFiles(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const named = JSON.stringify([manifest.types ?? [], manifest.exports ?? []]);
  const files = [...named.matchAll(/"([^"]+\.d\.ts)"/g)].map(([, file = '']) => join(folder, file));
  return [...new Set(files)].filter((file) => existsSync(file));
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 */
function isDocumented(checker, symbol) {
  return (
    symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0
  );
}

/** @param {ts.Symbol} symbol */
function placeOf(symbol) {
  return symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
}

/** @param {ts.Symbol} symbol */
function isModule(symbol) {
  return symbol.declarations?.some(ts.isSourceFile) === true;
}

/** @param {ts.Symbol} symbol */
function isPrivate(symbol) {
  return symbol.declarations?.some(
    (node) => ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private,
  );
}

/**
 * The name itself and the methods and accessors that its class or interface declares, not those it inherits. What
 * another package declares (`tf`) is that package's to document.
 *
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} exported
 * @returns {{ name: string, symbol: ts.Symbol }[]}
 */
function documentable(checker, exported) {
  const name = exported.getName();
  const symbol =
    exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const file = placeOf(symbol);
  if (!file.startsWith(lib) || file.includes('node_modules') || isModule(symbol)) return [];
  const members = [...(symbol.members?.values() ?? [])].filter(
    (member) =>
      member.flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Accessor) && !isPrivate(member),
  );
  return [
    { name, symbol },
    ...members.map((member) => ({ name: `${name}.${member.getName()}`, symbol: member })),
  ];
}

const files = readdirSync(lib).flatMap((name) =>
  existsSync(join(lib, name, 'package.json')) ? declarationFiles(join(lib, name)) : [],
);
const program = ts.createProgram(files, {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  types: ['node'],
  skipLibCheck: true,
  noEmit: true,
});
const checker = program.getTypeChecker();
/** @type {Map<string, string>} by name and place: several entry points may export one name */
const missing = new Map();
let count = 0;
for (const file of files) {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  for (const exported of module === undefined ? [] : checker.getExportsOfModule(module)) {
    for (const { name, symbol } of documentable(checker, exported)) {
      count += 1;
      if (!isDocumented(checker, symbol)) missing.set(`${name} ${placeOf(symbol)}`, name);
    }
  }
}

for (const [key, name] of missing) {
  const place = relative(process.cwd(), key.slice(name.length + 1));
  console.error(`${place}: ${name} is public and says nothing of itself; write its TSDoc in src/.`);
}
if (count === 0) console.error('There are no declarations to read; run "npm run build".');
else if (missing.size === 0) console.log(`${count} public names, all documented.`);
process.exitCode = count === 0 || missing.size > 0 ? 1 : 0;
