import { type Cell, currentCell } from './cell';
import { CellCompiler } from './cell-compiler';
import { CellExecution } from './cell-execution';
import { CellExecutor } from './cell-executor';
import { CellOutput } from './cell-output';
import type { Channels, RequestChannel } from './channels';
import { provideClearOutput } from './clear-output';
import { toCodePoints, toUtf16 } from './code-points';
import { completeness } from './completeness';
import { ExecutionQueue } from './execution-queue';
import { History } from './history';
import { kernelInfo } from './kernel-info';
import { mapStacks, type ScriptNames } from './stack-frames';
import { Tracebacks } from './traceback';
import type { WriteDisplayData } from './tslab-modules';
import { UnhandledFailures } from './unhandled-failures';
import type { Content, Message } from './wire-message';

/** A cell that sets other listeners of interrupts aside, to answer them itself, leaves a listener with this property. */
const WATCHES = Symbol.for('tslab-kernel.watches-interrupts');

/** What the kernel is told by whoever starts it. */
export interface KernelOptions {
  /** True for JavaScript, false for TypeScript. */
  readonly isJs: boolean;
  /** Called once, when the first request has been received. */
  readonly onFirstQuestion: () => void;
  /** Called after the answer to a `shutdown_request`. */
  readonly onShutdown: () => void;
}

/** Answers the requests of Jupyter's clients. */
export class Kernel {
  private readonly compiler: CellCompiler;
  private readonly output: CellOutput;
  private readonly execution: CellExecution;
  private readonly executor: CellExecutor;
  private readonly history = new History();
  private readonly queue: ExecutionQueue;
  private readonly writers = new WeakMap<Cell, WriteDisplayData>();
  private asked = false;
  /** The request whose cell runs now. */
  private running: Message | null = null;

  constructor(
    private readonly channels: Channels,
    private readonly options: KernelOptions,
  ) {
    const scripts: ScriptNames = new Map();
    this.compiler = new CellCompiler(options.isJs);
    this.output = new CellOutput((type, content, parent) =>
      channels.publish(type, content, parent),
    );
    this.executor = new CellExecutor(this.compiler, scripts, (text) => process.stderr.write(text));
    const whole = process.env.TSLAB_KERNEL_WHOLE_STACKS === '1';
    const tracebacks = new Tracebacks(scripts, process.cwd(), whole);
    const failures = new UnhandledFailures((cell, reason) => this.tellLate(cell, reason));
    this.execution = new CellExecution(
      {
        compiler: this.compiler,
        executor: this.executor,
        output: this.output,
        history: this.history,
        tracebacks,
        failures,
        beforeErrors: () => this.queue.failing(),
      },
      (cell) => this.prepareDisplays(cell),
    );
    this.queue = new ExecutionQueue(
      (request) => this.execute(request),
      (request) => this.drop(request),
    );
    mapStacks(scripts);
  }

  /** Begins to answer; loads the compiler when the first questions have been answered. */
  start(): void {
    this.output.capture();
    provideClearOutput((wait) => {
      const cell = currentCell();
      if (cell !== null) this.output.publish(cell, 'clear_output', { wait });
    });
    this.channels.listen((channel, message) => this.receive(channel, message));
    this.channels.publish('status', { execution_state: 'starting' }, null);
    process.on('SIGINT', () => this.executor.interrupt());
    // A cell may answer an interrupt by itself and end well. What waits is dropped then too: one press ends a Run All. A cell that
    // calls the listeners itself, by `process.emit('SIGINT')`, has no signal to give them.
    const watch = (signal?: NodeJS.Signals) => {
      if (signal !== undefined) this.queue.interrupted();
    };
    process.on('SIGINT', Object.assign(watch, { [WATCHES]: true }));
  }

  /** Loads what the first cell needs. */
  warmUp(): void {
    this.compiler.warmUp();
  }

  close(): void {
    this.compiler.close();
  }

  private receive(channel: RequestChannel, message: Message): void {
    if (!this.asked) this.options.onFirstQuestion();
    this.asked = true;
    if (message.header.msg_type === 'execute_request') {
      if (channel === 'shell') this.queue.add(message);
      return;
    }
    this.status('busy', message);
    let after: (() => void) | undefined;
    try {
      after = this.answer(channel, message);
    } catch (error) {
      const { name: ename, message: evalue } = error as Error;
      const content = { status: 'error', ename, evalue, traceback: [`${ename}: ${evalue}`] };
      void this.channels.reply(channel, message, content);
    }
    this.status('idle', message);
    // Clients show the latest status: while a cell runs, that is its own.
    if (this.running !== null) this.status('busy', this.running);
    after?.();
  }

  /** @returns what is to be done when the request has been dealt with */
  private answer(channel: RequestChannel, message: Message): (() => void) | undefined {
    const { content } = message;
    const reply = (answer: Content) => void this.channels.reply(channel, message, answer);
    switch (message.header.msg_type) {
      case 'kernel_info_request':
        reply(kernelInfo(this.options.isJs));
        return undefined;
      case 'is_complete_request':
        reply(completeness(this.compiler.tslab.ts, String(content.code), this.options.isJs));
        return undefined;
      case 'complete_request':
        reply(this.complete(content));
        return undefined;
      case 'inspect_request':
        reply(this.inspect(content));
        return undefined;
      case 'history_request':
        reply(this.history.answer(content));
        return undefined;
      case 'comm_info_request':
        reply({ status: 'ok', comms: {} });
        return undefined;
      case 'comm_open':
        // No target is known here; the protocol's answer to that is to close.
        this.channels.publish('comm_close', { comm_id: content.comm_id, data: {} }, message.header);
        return undefined;
      case 'interrupt_request':
        reply({ status: 'ok' });
        return () => process.emit('SIGINT', 'SIGINT');
      case 'shutdown_request':
        reply({ status: 'ok', restart: content.restart === true });
        return this.options.onShutdown;
      default:
        // Requests of protocols to come: no answer is the answer.
        return undefined;
    }
  }

  private complete(content: Content): Content {
    const code = String(content.code ?? '');
    const position = toUtf16(code, Number(content.cursor_pos ?? code.length));
    const { start, end, matches } = this.compiler.complete(code, position);
    return {
      status: 'ok',
      matches,
      cursor_start: toCodePoints(code, start),
      cursor_end: toCodePoints(code, end),
      metadata: {},
    };
  }

  private inspect(content: Content): Content {
    const code = String(content.code ?? '');
    const position = toUtf16(code, Number(content.cursor_pos ?? code.length));
    const text = this.compiler.inspect(code, position);
    const data = text === undefined ? {} : { 'text/plain': text };
    return { status: 'ok', found: text !== undefined, data, metadata: {} };
  }

  private async execute(request: Message): Promise<void> {
    this.running = request;
    this.status('busy', request);
    const { reply } = await this.execution.execute(request);
    this.running = null;
    void this.channels.reply('shell', request, reply);
    this.status('idle', request);
  }

  private drop(request: Message): void {
    this.status('busy', request);
    void this.channels.reply('shell', request, { status: 'aborted' });
    this.status('idle', request);
  }

  private status(state: 'busy' | 'idle', parent: Message): void {
    this.output.flush();
    this.channels.publish('status', { execution_state: state }, parent.header);
  }

  /** An error of a cell that has ended: it still belongs to that cell. */
  private tellLate(cell: Cell | null, reason: unknown): void {
    if (cell !== null) this.execution.told(cell, reason);
    else console.error('Unhandled:', reason);
  }

  /** `tslab.display`, and packages that look for the kernel's writer, show under the cell that is running when they ask. */
  private prepareDisplays(latest: Cell): void {
    // One for each cell, as a stock tslab has: packages tell cells apart by it.
    const writerOf = (cell: Cell): WriteDisplayData => {
      const known = this.writers.get(cell);
      if (known !== undefined) return known;
      const writer: WriteDisplayData = (content, update) =>
        this.output.publish(cell, update ? 'update_display_data' : 'display_data', content);
      this.writers.set(cell, writer);
      return writer;
    };
    Object.defineProperty(this.compiler.tslab.jupyter, 'lastWriteDisplayData', {
      get: () => writerOf(currentCell() ?? latest),
      configurable: true,
      enumerable: true,
    });
  }
}
