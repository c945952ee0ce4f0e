import type { Progress } from 'selfsup';
import { formatDuration } from 'selfsup-course';
import { labelOf, type Task } from './grid';

/** Wall-clock seconds that configurations took, to foretell those to come. */
export class Experience {
  readonly #seconds = new Map<string, number[]>();

  add({ configuration: { recipe, data } }: Task, seconds: number): void {
    const key = `${recipe}\n${data}`;
    this.#seconds.set(key, [...(this.#seconds.get(key) ?? []), seconds]);
  }

  /** Seconds until `tasks` are measured, `width` at a time; `null` while nothing is known. */
  secondsFor(tasks: readonly Task[], width: number): number | null {
    const mean = (sample: readonly number[]) =>
      sample.reduce((sum, value) => sum + value, 0) / sample.length;
    const all = [...this.#seconds.values()].flat();
    if (all.length === 0) return null;
    const each = tasks.map(({ configuration: { recipe, data } }) =>
      mean(this.#seconds.get(`${recipe}\n${data}`) ?? all),
    );
    return each.reduce((sum, value) => sum + value, 0) / width;
  }
}

/** Says how far a study is: a line for each event and, on a terminal, one for each configuration at work. */
export class ProgressDisplay {
  readonly #running = new Map<Task, { readonly since: number; progress: Progress | null }>();
  #drawn = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  begin(task: Task): void {
    this.#running.set(task, { since: performance.now(), progress: null });
    if (this.stream.isTTY) this.#timer ??= setInterval(() => this.#draw(), 500);
    else this.say(`… ${labelOf(task)}`);
  }

  advance(task: Task, progress: Progress): void {
    const running = this.#running.get(task);
    if (running) running.progress = progress;
  }

  end(task: Task, text: string): void {
    this.#running.delete(task);
    this.say(text);
    if (this.#running.size === 0) this.close();
  }

  /** Writes above the lines that change. */
  say(text: string): void {
    this.#erase();
    this.stream.write(`${text}\n`);
    if (this.stream.isTTY) this.#draw();
  }

  close(): void {
    this.#erase();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #draw(): void {
    this.#erase();
    const lines = [...this.#running].map(([task, { since, progress }]) => {
      const parts = [`… ${labelOf(task)}`, formatDuration((performance.now() - since) / 1000)];
      if (progress !== null) {
        const { label, done, total, unit } = progress;
        parts.push(`${label}: ${done}${total === null ? '' : ` of ${total}`} ${unit}`);
      }
      return parts.join(' · ').slice(0, (this.stream.columns || 80) - 1);
    });
    this.stream.write(lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
  }

  #erase(): void {
    if (this.#drawn > 0) this.stream.write(`\x1b[${this.#drawn}A\x1b[0J`);
    this.#drawn = 0;
  }
}
