import { dirname } from 'node:path/posix';
import type * as TS from '@tslab/typescript-for-tslab';
import type { CompilerApi, Translation } from './compiler-api';

/** Files of the compiler's own interface that TypeScript's declarations leave out. */
interface CompilerInternals {
  bindSourceFile(file: TS.SourceFile, options: TS.CompilerOptions): void;
  getTouchingPropertyName(file: TS.SourceFile, position: number): TS.Node;
  getQuickInfoAtPosition(
    file: TS.SourceFile,
    checker: TS.TypeChecker,
    cancellation: TS.CancellationToken,
    position: number,
  ): TS.QuickInfo | undefined;
}

/** The part of TypeScript's `WatchCompilerHost` that tslab sets and reads. */
interface WatchHost {
  readonly rootFiles: readonly string[];
  readonly options: TS.CompilerOptions;
  readonly system: TS.System;
  afterProgramCreate?(builder: CellProgram): void;
}

/** A file whose syntax tree is kept: nothing changes a package's declarations while a kernel runs. */
const KEPT = /\.d\.[cm]?ts$|[\\/]node_modules[\\/]/;

/** Documentation in declaration files: four fifths of Node's, and nothing that types depend on. */
const DOCUMENTATION = /^[ \t]*\/\*\*[\s\S]*?\*\//gm;

/** How often sources beside the notebook are looked at, in ms, where the system does not tell. */
const WATCH_INTERVAL = 250;

/** The files of the cell being compiled, as tslab's converter names them. */
const CELL_FILE = /[\\/]__(tslab|prev)__\.(d\.ts|ts|js)$/;

/**
 * A program of one cell, in place of TypeScript's `BuilderProgram`, whose bookkeeping of what depends on what (a hash of
 * each file, a map of all references) a kernel does not need. tslab first compiles each cell only to learn which names it
 * declares; here that parses and binds the cell, and the program is made when its types are asked for.
 */
class CellProgram {
  private program: TS.Program | undefined;
  private readonly own = new Map<string, TS.SourceFile>();

  constructor(private readonly compiler: CellCompilerHost) {}

  getSourceFile(fileName: string): TS.SourceFile | undefined {
    if (this.program !== undefined || !CELL_FILE.test(fileName)) {
      return this.getProgram().getSourceFile(fileName);
    }
    const file = this.ownFile(fileName, this.compiler.options.target as TS.ScriptTarget);
    if (file !== undefined) this.compiler.internals.bindSourceFile(file, this.compiler.options);
    return file;
  }

  private ownFile(
    fileName: string,
    target: TS.ScriptTarget | TS.CreateSourceFileOptions,
  ): TS.SourceFile | undefined {
    let file = this.own.get(fileName);
    if (file === undefined) {
      file = this.compiler.parse(fileName, target);
      if (file !== undefined) this.own.set(fileName, file);
    }
    return file;
  }

  getProgram(): TS.Program {
    this.program ??= this.compiler.createProgram((fileName, target) =>
      this.ownFile(fileName, target),
    );
    return this.program;
  }

  emit(
    file: TS.SourceFile | undefined,
    write: TS.WriteFileCallback,
    cancellation: TS.CancellationToken | undefined,
    onlyDeclarations: boolean | undefined,
    transformers: TS.CustomTransformers | undefined,
  ): TS.EmitResult {
    const keepMap: TS.WriteFileCallback = (fileName, data, ...rest) => {
      if (/[\\/]__tslab__\.js\.map$/.test(fileName)) this.compiler.translation.moduleMap = data;
      write(fileName, data, ...rest);
    };
    return this.getProgram().emit(file, keepMap, cancellation, onlyDeclarations, transformers);
  }

  /** The file and the sources it imports, directly and through others; declarations end the search. */
  getAllDependencies(file: TS.SourceFile): readonly string[] {
    const program = this.getProgram();
    const found = new Set<string>([file.fileName]);
    for (const name of found) {
      const resolved = (program.getSourceFile(name) as unknown as SourceFileInternals | undefined)
        ?.resolvedModules;
      resolved?.forEach((resolution) => {
        const target = resolution?.resolvedModule?.resolvedFileName;
        if (target !== undefined && !KEPT.test(target) && program.getSourceFile(target)) {
          found.add(target);
        }
      });
    }
    return [...found];
  }
}

interface SourceFileInternals {
  resolvedModules?: {
    forEach(visit: (resolution?: TS.ResolvedModuleWithFailedLookupLocations) => void): void;
  };
}

/** A declaration file, with or without its documentation. */
interface KeptFile {
  readonly file: TS.SourceFile;
  readonly documented: boolean;
}

/** A source beside the notebook, which may change while the kernel runs. */
interface EditableFile {
  file: TS.SourceFile | undefined;
  readonly watcher: TS.FileWatcher;
}

/** Makes programs, one after the other, each from what the one before has read. */
class CellCompilerHost {
  readonly internals: CompilerInternals;
  readonly options: TS.CompilerOptions;
  private rootFiles: readonly string[];
  private readonly kept = new Map<string, KeptFile>();
  private readonly editable = new Map<string, EditableFile>();
  private readonly existing = new Map<string, boolean>();
  private readonly realPaths = new Map<string, string>();
  private previous: TS.Program | undefined;
  private scheduled = false;

  constructor(
    private readonly ts: CompilerApi,
    private readonly host: WatchHost,
    readonly translation: Translation,
  ) {
    this.internals = ts as unknown as CompilerInternals;
    this.options = host.options;
    this.rootFiles = host.rootFiles;
    for (const file of this.rootFiles) host.system.watchFile?.(file, () => this.schedule());
    this.announce();
  }

  /** tslab runs the callback when it has changed all it wants to. */
  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.host.system.setTimeout?.(() => {
      this.scheduled = false;
      this.announce();
    }, 0);
  }

  private announce(): void {
    this.host.afterProgramCreate?.(new CellProgram(this));
  }

  updateRootFileNames(files: readonly string[]): void {
    this.rootFiles = files;
    this.schedule();
  }

  close(): void {
    for (const { watcher } of this.editable.values()) watcher.close();
  }

  parse(
    fileName: string,
    target: TS.ScriptTarget | TS.CreateSourceFileOptions,
  ): TS.SourceFile | undefined {
    const text = this.host.system.readFile(fileName);
    if (text !== undefined && /[\\/]__tslab__\.[jt]s$/.test(fileName)) {
      // tslab's converter ends the cell with a list of what it declares.
      const names = /\nexport \{([^{}]+)\}$/.exec(text)?.[1];
      this.translation.names = names === undefined ? [] : names.split(', ');
    }
    if (text === undefined) return undefined;
    const documented = !/\.d\.[cm]?ts$/.test(fileName) || this.translation.documented.has(fileName);
    const read = documented || CELL_FILE.test(fileName) ? text : text.replace(DOCUMENTATION, '');
    return this.ts.createSourceFile(fileName, read, target);
  }

  createProgram(
    ownFile: (
      fileName: string,
      target: TS.ScriptTarget | TS.CreateSourceFileOptions,
    ) => TS.SourceFile | undefined,
  ): TS.Program {
    const { system } = this.host;
    const { ts } = this;
    const library = dirname(system.getExecutingFilePath());
    const host: TS.CompilerHost = {
      getSourceFile: (fileName, target) =>
        CELL_FILE.test(fileName) ? ownFile(fileName, target) : this.sourceFile(fileName, target),
      getDefaultLibFileName: (options) => `${library}/${ts.getDefaultLibFileName(options)}`,
      getDefaultLibLocation: () => library,
      writeFile: () => undefined,
      getCurrentDirectory: () => system.getCurrentDirectory(),
      getCanonicalFileName: (fileName) => fileName,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => '\n',
      fileExists: (path) => this.exists(path, (one) => system.fileExists(one)),
      directoryExists: (path) => this.exists(path, (one) => system.directoryExists(one)),
      readFile: (path) => system.readFile(path),
      getDirectories: (path) => system.getDirectories(path),
      realpath: (path) => this.realPath(path),
      ...(system.readDirectory ? { readDirectory: system.readDirectory } : {}),
    };
    this.previous = ts.createProgram({
      rootNames: this.rootFiles,
      options: this.options,
      host,
      ...(this.previous ? { oldProgram: this.previous } : {}),
    });
    return this.previous;
  }

  private exists(path: string, look: (path: string) => boolean): boolean {
    if (this.existing.get(path)) return true;
    const found = look(path);
    // What is missing may be installed later; what is there is not looked for again.
    if (found && KEPT.test(path)) this.existing.set(path, true);
    return found;
  }

  private realPath(path: string): string {
    let real = this.realPaths.get(path);
    if (real === undefined) {
      real = this.host.system.realpath?.(path) ?? path;
      this.realPaths.set(path, real);
    }
    return real;
  }

  private sourceFile(
    fileName: string,
    target: TS.ScriptTarget | TS.CreateSourceFileOptions,
  ): TS.SourceFile | undefined {
    if (KEPT.test(fileName)) {
      const documented = this.translation.documented.has(fileName);
      const kept = this.kept.get(fileName);
      if (kept !== undefined && (kept.documented || !documented)) return kept.file;
      const file = this.parse(fileName, target);
      if (file !== undefined) this.kept.set(fileName, { file, documented });
      return file;
    }
    let entry = this.editable.get(fileName);
    if (entry === undefined) {
      const watcher = this.host.system.watchFile?.(
        fileName,
        () => {
          const changed = this.editable.get(fileName);
          if (changed !== undefined) changed.file = undefined;
          this.schedule();
        },
        WATCH_INTERVAL,
      ) as TS.FileWatcher;
      entry = { file: undefined, watcher };
      this.editable.set(fileName, entry);
    }
    entry.file ??= this.parse(fileName, target);
    return entry.file;
  }
}

function filesOf(
  ts: CompilerApi,
  checker: TS.TypeChecker,
  symbol: TS.Symbol | undefined,
): readonly string[] {
  if (symbol === undefined) return [];
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return (target.declarations ?? []).map((declaration) => declaration.getSourceFile().fileName);
}

/**
 * The compiler as tslab's converter should see it: the same, but with programs made for cells, and with source maps, which
 * go into `translation`.
 */
export function withCellPrograms(original: CompilerApi, translation: Translation): CompilerApi {
  const internals = original as unknown as CompilerInternals;
  const replacements = {
    getQuickInfoAtPosition: (
      ...request: Parameters<CompilerInternals['getQuickInfoAtPosition']>
    ) => {
      const [file, checker, , position] = request;
      const node = internals.getTouchingPropertyName(file, position);
      const symbol = node === undefined ? undefined : checker.getSymbolAtLocation(node);
      translation.declaredIn = filesOf(original, checker, symbol);
      return internals.getQuickInfoAtPosition(...request);
    },
    createWatchCompilerHost: (
      rootFiles: string[],
      options: TS.CompilerOptions,
      system: TS.System,
    ): WatchHost => ({ rootFiles, options: { ...options, sourceMap: true }, system }),
    createWatchProgram: (host: WatchHost) => new CellCompilerHost(original, host, translation),
    transpileModule: (input: string, options: TS.TranspileOptions): TS.TranspileOutput => {
      const output = original.transpileModule(input, {
        ...options,
        compilerOptions: { ...options.compilerOptions, sourceMap: true },
      });
      translation.scriptMap = output.sourceMapText;
      return output;
    },
  };
  const copy = Object.getOwnPropertyDescriptors(original) as Record<string, PropertyDescriptor>;
  for (const [name, value] of Object.entries(replacements)) {
    copy[name] = { value, enumerable: true, configurable: true, writable: true };
  }
  return Object.defineProperties({}, copy) as CompilerApi;
}
