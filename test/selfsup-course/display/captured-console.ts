import { vi } from 'vitest';

/** What a function prints. */
export async function printedBy(action: () => unknown): Promise<string> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  try {
    await action();
  } finally {
    log.mockRestore();
  }
  return lines.join('\n');
}
