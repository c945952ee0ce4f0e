import { randomUUID } from 'node:crypto';
import type * as cliProgressModule from 'cli-progress';
import type { OnProgress, Progress } from 'selfsup';
import { escapeHtml } from './escape-html';
import { assertNotGivenUp } from './interrupt-message';
import { formatDuration, formatQuantity, type Pace, PaceMeter } from './pace';
import { runningCell, type SendOutput } from './running-cell';

/** Options of {@link progressBar}. */
export interface ProgressBarOptions {
  /** Seconds between two drawings. Default 0.2 where a bar is redrawn, 5 where lines are printed. */
  readonly interval?: number;
  /** The clock in seconds. Default: the process's. */
  readonly now?: () => number;
}

/** Draws one piece of work, from its first report to its last. */
interface Painter {
  draw(progress: Progress, pace: Pace, finished: boolean): void;
}

function detailsOf(
  { done, total, unit, message }: Progress,
  pace: Pace,
  finished: boolean,
): string {
  const parts = [];
  if (finished || total === null) parts.push(formatQuantity(done, unit));
  else if (unit === 'bytes')
    parts.push(`${formatQuantity(done, unit)} of ${formatQuantity(total, unit)}`);
  else parts.push(`${done.toLocaleString('en-GB')} of ${formatQuantity(total, unit)}`);
  if (finished) {
    parts.push(`in ${formatDuration(pace.elapsed)}`);
    if (pace.elapsed > 0) parts.push(`${formatQuantity(done / pace.elapsed, unit)}/s`);
  } else {
    if (pace.rate !== null) parts.push(`${formatQuantity(pace.rate, unit)}/s`);
    if (pace.secondsLeft !== null) parts.push(`${formatDuration(pace.secondsLeft)} left`);
  }
  if (message) parts.push(message);
  return parts.join(' · ');
}

/** One HTML output, updated in place. */
class NotebookPainter implements Painter {
  readonly #displayId = randomUUID();
  readonly #send: SendOutput;
  #drawn = false;

  constructor(send: SendOutput) {
    this.#send = send;
  }

  draw(progress: Progress, pace: Pace, finished: boolean): void {
    const { label, done, total } = progress;
    const details = detailsOf(progress, pace, finished);
    const value =
      total === null ? (finished ? 'value="1" max="1"' : '') : `value="${done}" max="${total}"`;
    this.#send(
      {
        'text/html':
          `<div><strong>${escapeHtml(label)}</strong> ` +
          `<progress ${value} aria-label="${escapeHtml(label)}" style="width: 18em; vertical-align: middle"></progress> ` +
          `<span style="font-variant-numeric: tabular-nums">${escapeHtml(details)}</span></div>`,
        'text/plain': `${label}: ${details}`,
      },
      { displayId: this.#displayId, update: this.#drawn },
    );
    this.#drawn = true;
  }
}

/**
 * A bar on a terminal. Work may be broken off, and nobody tells the bar: so it leaves nothing that has to be put back (the
 * cursor is seen, lines wrap), and no timer, which would keep the process alive and draw over what is printed next.
 */
class TerminalPainter implements Painter {
  #bar: cliProgressModule.SingleBar | null = null;

  draw(progress: Progress, pace: Pace, finished: boolean): void {
    const payload = { label: progress.label, details: detailsOf(progress, pace, finished) };
    const total = progress.total ?? Math.max(1, progress.done);
    if (this.#bar === null) {
      const cliProgress = require('cli-progress') as typeof cliProgressModule;
      this.#bar = new cliProgress.SingleBar(
        {
          format: '{label} [{bar}] {details}',
          hideCursor: false,
          linewrap: true,
          clearOnComplete: false,
          // Drawn only when it is updated, which is not often.
          fps: 1000,
        },
        cliProgress.Presets.shades_classic,
      );
      const bar = this.#bar as cliProgressModule.SingleBar & { timer: NodeJS.Timeout | null };
      const render = bar.render.bind(bar);
      bar.render = () => {
        render();
        if (bar.timer !== null) clearTimeout(bar.timer);
      };
      this.#bar.start(total, progress.done, payload);
    }
    this.#bar.setTotal(total);
    this.#bar.update(progress.done, payload);
    if (finished) this.#bar.stop();
  }
}

/** A line now and then, for logs. */
class LinePainter implements Painter {
  draw(progress: Progress, pace: Pace, finished: boolean): void {
    console.log(`${progress.label}: ${detailsOf(progress, pace, finished)}`);
  }
}

/**
 * A receiver for the `onProgress` of every long-running function, which shows how far it is, how fast it goes and how
 * long it will take: in a notebook one bar that is updated in place, on a terminal a bar, in a log a line every few
 * seconds. The last state stays. A new label, or `done` falling, begins a new bar, so one receiver serves several
 * pieces of work in a row, also of different cells. In a cell that was interrupted it throws: a loop written by hand ends.
 *
 * @example await train({ …, onProgress: progressBar() });
 */
export function progressBar(options: ProgressBarOptions = {}): OnProgress {
  const { now = () => performance.now() / 1000 } = options;

  let current: {
    painter: Painter;
    interval: number;
    meter: PaceMeter;
    last: Progress;
    finished: boolean;
  } | null = null;
  let drawnAt = Number.NEGATIVE_INFINITY;
  return (progress) => {
    assertNotGivenUp();
    const goesOn =
      current !== null &&
      current.last.label === progress.label &&
      progress.done >= current.last.done;
    if (current === null || !goesOn) {
      // Asked anew for each bar: the receiver may have been made in an earlier cell.
      const place = placeToDraw();
      current = {
        painter: place.painter,
        interval: options.interval ?? place.interval,
        meter: new PaceMeter(now),
        last: progress,
        finished: false,
      };
      drawnAt = Number.NEGATIVE_INFINITY;
    }
    if (current.finished) return;
    current.last = progress;
    const pace = current.meter.measure(progress.done, progress.total);
    current.finished = progress.total !== null && progress.done >= progress.total;
    if (!current.finished && now() - drawnAt < current.interval) return;
    drawnAt = now();
    current.painter.draw(progress, pace, current.finished);
  };
}

/** What draws here, and the seconds between two of its drawings unless the caller says otherwise. */
function placeToDraw(): { painter: Painter; interval: number } {
  const send = runningCell();
  if (send !== null) return { painter: new NotebookPainter(send), interval: 0.2 };
  if (process.stdout.isTTY) return { painter: new TerminalPainter(), interval: 0.2 };
  return { painter: new LinePainter(), interval: 5 };
}
