const SECONDS_BETWEEN_LINES = 15;

/**
 * Says what set-up is doing: one line per step, redrawn in a terminal, repeated every 15 s elsewhere. It writes to
 * standard error, so that standard output stays the command's own.
 */
export class ProgressReport {
  #stream;
  #title = '';
  #note = '';
  #started = 0;
  #lastLine = 0;
  #timer;

  constructor(stream = process.stderr) {
    this.#stream = stream;
  }

  begin(title) {
    this.#title = title;
    this.#note = '';
    this.#started = Date.now();
    this.#lastLine = this.#started;
    if (!this.#stream.isTTY) this.#stream.write(`  ${title} …\n`);
    this.#timer = setInterval(() => this.#draw(), 500);
    this.#timer.unref();
  }

  /** How far the step is, for instance `130 of 259 MB`. */
  note(text) {
    this.#note = text;
  }

  end() {
    this.#finish('✓');
  }

  fail() {
    this.#finish('✗');
  }

  /** A line of its own, between steps or within one. */
  say(text) {
    this.#stream.write(`${this.#stream.isTTY ? '\r\u001b[2K' : ''}${text}\n`);
  }

  #elapsed() {
    return `${((Date.now() - this.#started) / 1000).toFixed(0)} s`;
  }

  #draw() {
    const text = `  ${this.#title} … ${this.#note === '' ? '' : `${this.#note}, `}${this.#elapsed()}`;
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001b[2K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
    } else if (Date.now() - this.#lastLine >= SECONDS_BETWEEN_LINES * 1000) {
      this.#lastLine = Date.now();
      this.#stream.write(`${text}\n`);
    }
  }

  #finish(mark) {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.say(`${mark} ${this.#title} (${this.#elapsed()})`);
  }
}
