import { Channels } from './channels';
import { readConnectionFile } from './connection-file';
import { Kernel } from './kernel';
import { endWithParent } from './parent-process';
import { MessageCodec } from './wire-message';

/** Options of {@link startKernel}. */
export interface StartOptions {
  /** The file in which Jupyter says where to listen. */
  readonly connectionFile: string;
  /** True for a JavaScript kernel. Default false: TypeScript. */
  readonly isJs?: boolean;
}

/** Loading the compiler takes a moment in which nothing is answered: it begins so long after the first question, in ms, … */
const AFTER_FIRST_QUESTION = 100;
/** … or so long after the start, when nobody asks. */
const WITHOUT_QUESTION = 1500;

/**
 * Starts a kernel in this process. It ends the process when a client asks for that.
 *
 * @throws KernelStartError when the connection file cannot be followed
 */
export async function startKernel({ connectionFile, isJs = false }: StartOptions): Promise<void> {
  const connection = readConnectionFile(connectionFile);
  const channels = new Channels(new MessageCodec(connection.key, connection.hash));
  const warmUp = () => kernel.warmUp();
  const kernel = new Kernel(channels, {
    isJs,
    onFirstQuestion: () => {
      clearTimeout(timer);
      setTimeout(warmUp, AFTER_FIRST_QUESTION);
    },
    onShutdown: () => {
      kernel.close();
      channels.close();
      // The answer leaves while Node ends.
      setImmediate(() => process.exit(0));
    },
  });
  await channels.bind(connection);
  endWithParent();
  kernel.start();
  const timer = setTimeout(warmUp, WITHOUT_QUESTION);
}
