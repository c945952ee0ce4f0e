import vm from 'node:vm';
import { type Cell, runForCell } from './cell';
import type { CellCompiler, CompiledCell } from './cell-compiler';
import { CompilerRefusal, Interruption, Thrown } from './cell-failure';
import { LocalRequire } from './local-require';
import { type LiveVariables, SharedScope } from './shared-scope';
import { nameScript, type ScriptNames } from './stack-frames';

/** What cells find in `globalThis.__tslab__`; the first two are those of a stock tslab. */
interface CellGlobals {
  readonly exports: Record<string, unknown>;
  readonly require: NodeJS.Require;
  cellExports: Record<string, unknown>;
  live: (variables: LiveVariables) => void;
}

/** The value of a cell's last expression, where it has one. */
export type CellResult = { readonly value: unknown } | null;

/** Compiles and runs cells, one after the other. */
export class CellExecutor {
  private readonly scope = new SharedScope();
  private readonly modules: LocalRequire;
  private readonly globals: CellGlobals;
  private giveUp: ((reason: Interruption) => void) | null = null;

  /**
   * @param compiler translates the cells
   * @param scripts learns where each script comes from, so that stacks name cells
   * @param warn takes messages that do not stop a cell
   */
  constructor(
    private readonly compiler: CellCompiler,
    private readonly scripts: ScriptNames,
    private readonly warn: (text: string) => void,
  ) {
    this.modules = new LocalRequire(process.cwd(), () => compiler.tslab.publicApi);
    this.globals = {
      exports: this.scope.variables,
      require: this.modules.require,
      cellExports: {},
      live: () => undefined,
    };
    Object.assign(globalThis, { __tslab__: this.globals });
  }

  /**
   * Runs a cell to its end.
   *
   * @throws CompilerRefusal, Interruption, or `Thrown` with what the cell threw
   */
  async run(cell: Cell): Promise<CellResult> {
    const compilation = this.compiler.compile(cell.source);
    switch (compilation.kind) {
      case 'nothing':
        return null;
      case 'messages':
        throw new CompilerRefusal(compilation.messages);
      case 'module':
        if (compilation.messages.length > 0) {
          this.warn(`${new CompilerRefusal(compilation.messages).message}\n`);
        }
        return null;
      case 'script':
        return this.runScript(cell, compilation.cell);
    }
  }

  private async runScript(cell: Cell, compiled: CompiledCell): Promise<CellResult> {
    this.modules.update(compiled.localModules);
    const { exports, live } = this.scope.forCell(compiled.names);
    Object.assign(this.globals, { cellExports: exports, live });
    const filename = nameScript(this.scripts, cell, compiled);
    let ended: unknown;
    try {
      // An interrupt can end the part of a cell before its first await, even a loop without end.
      ended = runForCell(cell, () =>
        new vm.Script(compiled.script, { filename }).runInThisContext({ breakOnSigint: true }),
      );
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') {
        throw new Interruption();
      }
      throw new Thrown(error);
    }
    if (compiled.isAsync) await this.untilEnded(ended as Promise<unknown>);
    compiled.accept();
    if (compiled.lastExpression === undefined) return null;
    const value = exports[compiled.lastExpression];
    // As tslab, and as Python's None: no value, no output.
    return value === undefined || value === null ? null : { value };
  }

  private async untilEnded(ended: Promise<unknown>): Promise<void> {
    const interrupted = new Promise<never>((_, reject) => {
      this.giveUp = reject;
    });
    try {
      await Promise.race([ended, interrupted]);
    } catch (error) {
      if (error instanceof Interruption) throw error;
      throw new Thrown(error);
    } finally {
      this.giveUp = null;
    }
  }

  /** Ends the cell that awaits something now. */
  interrupt(): void {
    this.giveUp?.(new Interruption());
  }
}
