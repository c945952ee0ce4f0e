import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Figure, figurePage, textAlternative } from 'selfsup/plots';
import { runningCell, type SendOutput } from './running-cell';

const VEGA_LITE = 'application/vnd.vegalite.v5+json';

/** Options of {@link show}. */
export interface ShowOptions {
  /** Outside a notebook: the folder the picture is saved in. Default `figures`. */
  readonly directory?: string;
  /**
   * Outside a notebook: is told the path of the picture. It is no result of `show`, for a notebook prints what its last line
   * results in.
   */
  readonly onSaved?: (file: string) => void;
}

/**
 * Shows a figure where the program runs, and resolves when it has been sent:
 * - in a notebook, as one output in three forms: interactive (Vega-Lite), picture (PNG, for GitHub and HTML export)
 *   and text; each carries the figure's description for readers who cannot see it;
 * - elsewhere, saved as PNG, its path printed; and on a desktop also opened in the browser, as a page in a temporary
 *   folder that only this user can read. The page holds all it needs: nothing listens, nothing is fetched.
 *
 * Write `await show(…)`: drawing takes a moment, and a cell that does not wait may end before its figure is there.
 *
 * @param figure A figure, or the promise of one (`imageGrid` returns a promise).
 */
export async function show(
  figure: Figure | Promise<Figure>,
  { directory = 'figures', onSaved }: ShowOptions = {},
): Promise<void> {
  const send = runningCell();
  const drawn = await figure;
  if (send !== null) {
    await sendFigure(drawn, send);
    return;
  }
  const file = await saveFigure(drawn, directory);
  console.log(`${drawn.title}: ${file}`);
  onSaved?.(file);
  if (desktopIsThere()) {
    const page = path.join(mkdtempSync(path.join(tmpdir(), 'selfsup-figure-')), 'figure.html');
    writeFileSync(page, figurePage(drawn));
    openInBrowser(page);
  }
}

async function sendFigure(figure: Figure, send: SendOutput): Promise<void> {
  const { bytes, width, height } = await figure.png();
  const alt = textAlternative(figure);
  send(
    {
      [VEGA_LITE]: figure.spec,
      'image/png': Buffer.from(bytes).toString('base64'),
      'text/plain': alt,
    },
    { metadata: { 'image/png': { width, height, alt } } },
  );
}

/** A person sits before a screen: not CI, not a server without a display. */
function desktopIsThere(): boolean {
  if (process.env.CI || process.env.SSH_CONNECTION) return false;
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Opens a file with the desktop's own program. Where there is none, the PNG is what remains. */
function openInBrowser(file: string): void {
  const [program, ...before] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '']
        : ['xdg-open'];
  const opener = spawn(program as string, [...before, file], { detached: true, stdio: 'ignore' });
  opener.on('error', () => {});
  opener.unref();
}

/** Saves a figure as PNG under its title and returns the path; an earlier picture of the same title is kept. */
async function saveFigure(figure: Figure, directory: string): Promise<string> {
  const { bytes } = await figure.png();
  const name =
    figure.title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60) || 'figure';
  mkdirSync(directory, { recursive: true });
  let file = path.join(directory, `${name}.png`);
  for (let copy = 2; existsSync(file); copy++) file = path.join(directory, `${name}-${copy}.png`);
  writeFileSync(file, bytes);
  return file;
}
