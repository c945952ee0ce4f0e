import { dirname, join } from 'node:path';
import ts from 'typescript';

/** tslab's own compiler options (Node's target, CommonJS resolution) and `strict`. */
const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.ES2022,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  esModuleInterop: true,
  resolveJsonModule: true,
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

/** A notebook's code cells as one TypeScript module, with the way back from its lines to the cells. */
export class JoinedModule {
  /** @type {ts.SourceFile | undefined} */
  #sourceFile;

  /** @param {import('./notebook.mjs').Notebook} notebook */
  constructor(notebook) {
    this.notebook = notebook;
    this.path = join(
      dirname(notebook.path),
      `__${notebook.path.replace(/^.*[\\/]|\.ipynb$/g, '')}__.ts`,
    );
    /** @type {{ position: number, line: number }[]} */
    this.starts = [];
    let text = '';
    let lines = 0;
    for (const { position, source } of notebook.codeCells) {
      this.starts.push({ position, line: lines });
      text += `${source}\n`;
      lines += source.split('\n').length;
    }
    this.text = `${text}export {};\n`;
  }

  /**
   * Cell and line of an offset in the joined text; neither where there is no cell.
   *
   * @param {number} offset
   * @returns {{ cell?: number, line?: number }}
   */
  placeOf(offset) {
    const line = this.text.slice(0, offset).split('\n').length - 1;
    const start = this.starts.findLast((one) => one.line <= line);
    return start === undefined ? {} : { cell: start.position, line: line - start.line + 1 };
  }

  /** @returns {import('./notebook.mjs').Finding} a finding about a node of the joined module */
  finding(node, what, fix) {
    const place = this.placeOf(node.getStart(this.sourceFile));
    return { notebook: this.notebook.path, ...place, what, fix };
  }

  /**
   * The parsed module.
   *
   * @returns {ts.SourceFile}
   * @throws Error before `joinedProgram` has parsed it
   */
  get sourceFile() {
    if (this.#sourceFile === undefined) {
      throw new Error(`${this.path} is not parsed yet; call joinedProgram with its module first.`);
    }
    return this.#sourceFile;
  }

  /** @param {ts.SourceFile | undefined} parsed */
  set sourceFile(parsed) {
    this.#sourceFile = parsed;
  }
}

/**
 * One program of all modules: the library's types are read once.
 *
 * @param {JoinedModule[]} modules
 */
export function joinedProgram(modules) {
  const texts = new Map(modules.map((module) => [module.path, module.text]));
  const host = ts.createCompilerHost(OPTIONS, true);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, options, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, options, ...rest)
      : ts.createSourceFile(path, text, options, true);
  };
  const program = ts.createProgram([...texts.keys()], OPTIONS, host);
  for (const module of modules) module.sourceFile = program.getSourceFile(module.path);
  return program;
}
