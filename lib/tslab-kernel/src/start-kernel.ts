import { Channels } from './channels';
import { readConnectionFile } from './connection-file';
import { Kernel } from './kernel';
import { endWithParent } from './parent-process';
import { MessageCodec } from './wire-message';

export interface StartOptions {
  /** The file in which Jupyter says where to listen. */
  readonly connectionFile: string;
  /** True for a JavaScript kernel. Default false: TypeScript. */
  readonly isJs?: boolean;
}

/** Time for the first questions to be answered before the compiler is loaded, which takes a moment, in ms. */
const BEFORE_COMPILER = 20;

/**
 * Starts a kernel in this process. It ends the process when a client asks for that.
 *
 * @throws KernelStartError when the connection file cannot be followed
 */
export async function startKernel({ connectionFile, isJs = false }: StartOptions): Promise<void> {
  const connection = readConnectionFile(connectionFile);
  const channels = new Channels(new MessageCodec(connection.key, connection.hash));
  const kernel = new Kernel(channels, {
    isJs,
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
  setTimeout(() => kernel.warmUp(), BEFORE_COMPILER);
}
