import type { Converter, Diagnostic } from 'tslab/dist/converter';
import { withNamespaces } from './kept-namespaces';
import { type PreparedSource, prepareSource } from './prepared-source';
import { type PositionMap, positionMap } from './source-position';
import { loadTslab, type TslabModules } from './tslab-modules';

/** A fault that the compiler finds in a cell. */
export interface CompilerMessage {
  /** Of the cell as it was written, from 1. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly text: string;
  /** TypeScript's number of the message. */
  readonly code: number;
  /** The file, where it is not the cell itself. */
  readonly file: string | undefined;
}

/** A module that a cell imports from a file beside the notebook, as JavaScript. */
export interface LocalModule {
  readonly path: string;
  readonly data: string;
}

/** A cell made ready to run. */
export interface CompiledCell {
  readonly script: string;
  /** True where the script is a promise of its end. */
  readonly isAsync: boolean;
  readonly names: readonly string[];
  /** The property of `exports` with the value of the last expression. */
  readonly lastExpression: string | undefined;
  readonly localModules: readonly LocalModule[];
  readonly map: PositionMap;
  /** To be called when the cell has run: later cells then know its names. */
  readonly accept: () => void;
}

/** What a cell asks for instead of being run, and the compiler's messages. */
export type Compilation =
  | { readonly kind: 'script'; readonly cell: CompiledCell }
  | { readonly kind: 'messages'; readonly messages: readonly CompilerMessage[] }
  | { readonly kind: 'module'; readonly messages: readonly CompilerMessage[] }
  | { readonly kind: 'nothing' };

/** The line that tslab puts before a cell. */
const LINES_BEFORE_TEXT = 1;
/** The line that a cell's script puts before tslab's output. */
const LINES_BEFORE_SCRIPT = 1;

/** Translates cells with tslab's converter; what each cell declares is known to the next. */
export class CellCompiler {
  private modules: TslabModules | undefined;
  private nodeConverter: Converter | undefined;
  private browserConverter: Converter | undefined;
  private declarations = '';

  constructor(readonly isJs: boolean) {}

  /** tslab and its compiler, loaded when first needed. */
  get tslab(): TslabModules {
    this.modules ??= loadTslab();
    return this.modules;
  }

  private get converter(): Converter {
    this.nodeConverter ??= this.tslab.converter.createConverter({
      isJS: this.isJs,
      isBrowser: false,
    });
    return this.nodeConverter;
  }

  private converterFor(source: string): Converter {
    if (this.tslab.metadata.getCodeMetadata(source).mode !== 'browser') return this.converter;
    this.browserConverter ??= this.tslab.converter.createConverter({
      isJS: this.isJs,
      isBrowser: true,
    });
    return this.browserConverter;
  }

  /** Reads what every cell needs (TypeScript, its libraries, Node's types) before the first cell asks for it. */
  warmUp(): void {
    this.converter.convert('', '0');
  }

  compile(source: string): Compilation {
    const { tslab } = this;
    const metadata = tslab.metadata.getCodeMetadata(source);
    if (metadata.module !== undefined) {
      const found = this.converterFor(source).addModule(metadata.module, source, metadata);
      return { kind: 'module', messages: found.map((one) => message(one, undefined)) };
    }
    if (metadata.mode === 'browser') return { kind: 'nothing' };
    const prepared = prepareSource(tslab.ts, source, this.isJs);
    const converted = this.converter.convert(this.declarations, prepared.text);
    if (converted.diagnostics.length > 0) {
      const messages = converted.diagnostics.map((one) => message(one, prepared));
      return { kind: 'messages', messages };
    }
    const { scriptMap, moduleMap, names } = tslab.translation;
    const accept = () => {
      const declared = converted.declOutput ?? '';
      this.declarations = withNamespaces(tslab.ts, this.declarations, declared, names);
    };
    const isAsync = prepared.awaits || converted.hasToplevelAwait === true;
    return {
      kind: 'script',
      cell: {
        script: wrapped(converted.output ?? '', isAsync, prepared, names),
        isAsync,
        names,
        lastExpression: converted.lastExpressionVar,
        localModules: converted.sideOutputs ?? [],
        map: positionMap({
          scriptMap,
          moduleMap,
          linesBeforeScript: LINES_BEFORE_SCRIPT,
          linesBeforeText: LINES_BEFORE_TEXT,
          original: prepared.original,
        }),
        accept,
      },
    };
  }

  /** What TypeScript knows about the name at a place, counted in UTF-16 units. */
  inspect(source: string, position: number): string | undefined {
    const converter = this.converterFor(source);
    const { documented } = this.tslab.translation;
    const look = (place: number) => {
      const info = converter.inspect(this.declarations, source, place);
      // Declarations are read without what explains them until somebody asks.
      const silent = this.tslab.translation.declaredIn.filter((file) => !documented.has(file));
      if (silent.length === 0) return info;
      for (const file of silent) documented.add(file);
      return converter.inspect(this.declarations, source, place);
    };
    // At the end of a name the compiler finds nothing; the name ends just before.
    for (const place of position > 0 ? [position, position - 1] : [position]) {
      const info = look(place);
      if (info) return this.tslab.inspect.printQuickInfo(info);
    }
    return undefined;
  }

  complete(source: string, position: number): { start: number; end: number; matches: string[] } {
    const found = this.converterFor(source).complete(this.declarations, source, position);
    return { start: found.start, end: found.end, matches: found.candidates };
  }

  close(): void {
    this.nodeConverter?.close();
    this.browserConverter?.close();
  }
}

function message(diagnostic: Diagnostic, prepared: PreparedSource | undefined): CompilerMessage {
  const { start, end, messageText, code, fileName } = diagnostic;
  const character = prepared?.original(start.line, start.character) ?? start.character;
  return {
    line: start.line + 1,
    column: character + 1,
    length: end.line === start.line ? Math.max(1, end.character - start.character) : 1,
    text: messageText,
    code,
    file: fileName,
  };
}

/** The script of a cell: a function called with what `globalThis.__tslab__` holds ready for the cell. */
function wrapped(
  output: string,
  isAsync: boolean,
  prepared: PreparedSource,
  names: readonly string[],
): string {
  const live = prepared.reassignable
    .filter((name) => names.includes(name))
    .map((name) => `${name}: [() => ${name}, ${setter(name)}]`);
  const opening = `(${isAsync ? 'async ' : ''}function (exports, require) {`;
  const share = live.length > 0 ? ` __tslab__.live({ ${live.join(', ')} });` : '';
  const body = withoutPrologue(output.replace(/\n\/\/# sourceMappingURL=\S*\s*$/, '\n'), names);
  return `${opening}${share}\n${body}\n})(__tslab__.cellExports, __tslab__.require)`;
}

/** The parameter must not hide the variable. */
function setter(name: string): string {
  const parameter = name === 'value' ? 'given' : 'value';
  return `(${parameter}) => { ${name} = ${parameter}; }`;
}

/** TypeScript first sets every exported name to undefined; a cell that fails early must not. The lines stay. */
function withoutPrologue(output: string, names: readonly string[]): string {
  const own = new Set(names);
  const lines = output.split('\n');
  for (const [index, line] of lines.entries()) {
    const match = /^((?:exports\.[^\s=]+ = )+)void 0;$/.exec(line);
    if (match === null) continue;
    const assigned = (match[1] as string).split(' = ').slice(0, -1);
    if (!assigned.every((target) => own.has(target.slice(8)) || /\.tsLastExpr\d*$/.test(target))) {
      break;
    }
    lines[index] = '';
  }
  return lines.join('\n');
}
