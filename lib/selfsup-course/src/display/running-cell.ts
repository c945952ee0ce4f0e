/** The forms of one output, by MIME type. */
export type MimeBundle = Readonly<Record<string, unknown>>;

export interface OutputOptions {
  /** Properties of single forms, by MIME type: `{ 'image/png': { alt: '…' } }`. */
  readonly metadata?: MimeBundle;
  /** Names the output, so that a later output of the same name takes its place. */
  readonly displayId?: string;
  /** Takes the place of the earlier output of that name. */
  readonly update?: boolean;
}

/** Sends one output to the cell that was running when the function was obtained. */
export type SendOutput = (bundle: MimeBundle, options?: OutputOptions) => void;

/** What tslab's kernel does with one output: the content of a Jupyter display message. */
type WriteDisplayData = (
  content: { data: MimeBundle; metadata: MimeBundle; transient: { display_id?: string } },
  update?: boolean,
) => void;

/** The part of tslab's public API used here. */
interface TslabApi {
  readonly display: Display;
  newDisplay(): Display;
}
interface Display {
  raw(contentType: string, content: unknown): void;
}

const JUPYTER_MODULE = /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/;

/** Forms that can stand alone, best first; the public API shows one form per output. */
const STANDALONE_FORMS = [
  'application/vnd.vegalite.v5+json',
  'text/html',
  'image/png',
  'text/plain',
];

/**
 * The kernel's own writer. It is looked up among the modules already loaded, not required anew: a kernel may run from
 * another copy of tslab than the one this package would find, and only the running copy knows the cell. It makes one for
 * each cell.
 */
export function writerOfKernel(): WriteDisplayData | null {
  for (const [file, loaded] of Object.entries(require.cache)) {
    const write: unknown = JUPYTER_MODULE.test(file) && loaded?.exports.lastWriteDisplayData;
    if (typeof write === 'function') return write as WriteDisplayData;
  }
  return null;
}

/** tslab's public API as the kernel hands it to cells; `null` outside a kernel. */
function publicApi(): TslabApi | null {
  const kernel = (globalThis as { __tslab__?: { require(id: string): unknown } }).__tslab__;
  return kernel === undefined ? null : (kernel.require('tslab') as TslabApi);
}

/** Named outputs of the public API. */
const displays = new Map<string, Display>();

function sendByPublicApi(api: TslabApi): SendOutput {
  return (bundle, { displayId } = {}) => {
    const form = STANDALONE_FORMS.find((type) => type in bundle);
    if (form === undefined) return;
    const display =
      displayId === undefined ? api.display : (displays.get(displayId) ?? api.newDisplay());
    if (displayId !== undefined) displays.set(displayId, display);
    const content = bundle[form];
    display.raw(form, form === 'image/png' ? Buffer.from(String(content), 'base64') : content);
  };
}

/**
 * How to send outputs to the notebook cell now running; `null` outside a notebook. Obtain it at the start of work and
 * keep it until the work is done: the outputs then stay with their cell even when the next one has begun.
 *
 * tslab's public API sends one form per output. A figure needs several at once (interactive, picture, text), so the
 * kernel's own writer is used where it is found, and the public API otherwise.
 */
export function runningCell(): SendOutput | null {
  const write = writerOfKernel();
  if (write !== null) {
    return (bundle, { metadata = {}, displayId, update = false } = {}) =>
      write(
        {
          data: bundle,
          metadata,
          transient: displayId === undefined ? {} : { display_id: displayId },
        },
        update,
      );
  }
  const api = publicApi();
  return api === null ? null : sendByPublicApi(api);
}
