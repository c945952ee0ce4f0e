import type { InstallProgress, InstallStage } from './progress';

const MS_BETWEEN_LINES = 15_000;

/** The part of a stream that progress is written to. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Writes progress for people: one line that is redrawn in a terminal; elsewhere a line when the stage changes, and every
 * 15 s within a stage.
 */
export function terminalProgress(stream: ProgressStream): {
  report: (progress: InstallProgress) => void;
  end: () => void;
} {
  let stage: InstallStage | undefined;
  let written = 0;
  return {
    report(progress) {
      if (progress.stage === 'repair') {
        stream.write(`${stream.isTTY ? '\r\u001b[2K' : ''}${progress.message}\n`);
        return;
      }
      if (stream.isTTY) {
        stream.write(`\r\u001b[2K${progress.message.slice(0, (stream.columns ?? 80) - 1)}`);
        return;
      }
      if (progress.stage === stage && Date.now() - written < MS_BETWEEN_LINES) return;
      stage = progress.stage;
      written = Date.now();
      stream.write(`${progress.message}\n`);
    },
    end() {
      if (stream.isTTY) stream.write('\r\u001b[2K');
    },
  };
}
