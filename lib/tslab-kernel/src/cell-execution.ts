import { inspect } from 'node:util';
import type { Cell } from './cell';
import type { CellCompiler } from './cell-compiler';
import type { CellExecutor, CellResult } from './cell-executor';
import { Thrown } from './cell-failure';
import type { CellOutput } from './cell-output';
import type { History } from './history';
import type { ErrorContent, Tracebacks } from './traceback';
import type { UnhandledFailures } from './unhandled-failures';
import type { Content, Message } from './wire-message';

/** `name?` asks for help, as in IPython. */
const HELP = /^\s*([\p{L}_$][\p{L}\p{N}_$.]*)\?\s*$/u;

/** The parts of a kernel that execution needs. */
export interface ExecutionParts {
  readonly compiler: CellCompiler;
  readonly executor: CellExecutor;
  readonly output: CellOutput;
  readonly history: History;
  readonly tracebacks: Tracebacks;
  readonly failures: UnhandledFailures;
  /** Called, and awaited, before anybody is told of a cell's errors. */
  readonly beforeErrors: () => Promise<void>;
}

/** What an `execute_request` comes to. */
export interface Execution {
  readonly cell: Cell;
  /** The content of the `execute_reply`. */
  readonly reply: Content;
}

/** Answers `execute_request`s. */
export class CellExecution {
  private count = 0;

  constructor(
    private readonly parts: ExecutionParts,
    private readonly onCell: (cell: Cell) => void,
  ) {}

  async execute(request: Message): Promise<Execution> {
    const { code, silent = false, store_history: store = true } = request.content;
    const source = String(code ?? '');
    const isSilent = silent === true;
    if (!isSilent && store !== false) {
      this.count += 1;
      this.parts.history.add(this.count, source);
    }
    const cell: Cell = { count: this.count, source, request: request.header, silent: isSilent };
    this.onCell(cell);
    if (!isSilent) {
      const content = { code: source, execution_count: cell.count };
      this.parts.output.publish(cell, 'execute_input', content);
    }
    const help = HELP.exec(source);
    const execution = help
      ? { cell, reply: this.help(cell, help[1] as string) }
      : await this.run(cell, request.content.user_expressions);
    this.parts.output.flush();
    return execution;
  }

  private help(cell: Cell, name: string): Content {
    const text = this.parts.compiler.inspect(name, name.length) ?? `Nothing is known of "${name}".`;
    const page = { source: 'page', data: { 'text/plain': text }, start: 0 };
    return { ...this.success(cell), payload: [page] };
  }

  private success(cell: Cell): Content {
    return { status: 'ok', execution_count: cell.count, user_expressions: {}, payload: [] };
  }

  private async run(cell: Cell, expressions: unknown): Promise<Execution> {
    const { executor, failures } = this.parts;
    failures.begin(cell);
    let result: CellResult = null;
    const errors: unknown[] = [];
    try {
      result = await executor.run(cell);
    } catch (failure) {
      errors.push(failure instanceof Thrown ? failure.value : failure);
    }
    if (result !== null && !cell.silent) this.show(cell, result.value);
    errors.push(...(await failures.end()));
    if (errors.length === 0) {
      const user_expressions = await this.evaluate(cell, expressions);
      return { cell, reply: { ...this.success(cell), user_expressions } };
    }
    await this.parts.beforeErrors();
    const [first] = errors.map((error) => this.told(cell, error)) as [ErrorContent];
    return { cell, reply: { ...this.success(cell), ...first, status: 'error' } };
  }

  /** Publishes an error of a cell. */
  told(cell: Cell, thrown: unknown): ErrorContent {
    const content = this.parts.tracebacks.of(cell, thrown);
    this.parts.output.publish(cell, 'error', content);
    return content;
  }

  private show(cell: Cell, value: unknown): void {
    const text = plainText(value);
    this.parts.history.setOutput(text);
    this.parts.output.publish(cell, 'execute_result', {
      execution_count: cell.count,
      data: { 'text/plain': text },
      metadata: {},
    });
  }

  /** Expressions that a client wants the values of, beside the cell. */
  private async evaluate(cell: Cell, expressions: unknown): Promise<Content> {
    const values: Record<string, unknown> = {};
    for (const [name, source] of Object.entries(expressions ?? {})) {
      try {
        const result = await this.parts.executor.run({ ...cell, source: String(source) });
        const data = { 'text/plain': plainText(result?.value) };
        values[name] = { status: 'ok', data, metadata: {} };
      } catch (failure) {
        const thrown = failure instanceof Thrown ? failure.value : failure;
        values[name] = { status: 'error', ...this.parts.tracebacks.of(cell, thrown) };
      }
    }
    return values;
  }
}

/** A value as `console.log` prints it. */
function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return inspect(value);
  } catch (error) {
    return `a value that cannot be shown (${(error as Error).message})`;
  }
}
