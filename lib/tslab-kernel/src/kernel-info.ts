import { tslabVersion, typescriptVersion } from './tslab-modules';
import { type Content, PROTOCOL_VERSION } from './wire-message';

/** What the kernel says of itself: the content of a `kernel_info_reply`. It needs no compiler, so it is said at once. */
export function kernelInfo(isJs: boolean): Content {
  const version = typescriptVersion();
  const language = isJs
    ? { name: 'javascript', version: process.versions.node, mimetype: 'text/javascript' }
    : { name: 'typescript', version, mimetype: 'text/typescript' };
  return {
    status: 'ok',
    protocol_version: PROTOCOL_VERSION,
    implementation: isJs ? 'jslab' : 'tslab',
    implementation_version: tslabVersion(),
    language_info: {
      ...language,
      file_extension: isJs ? '.js' : '.ts',
      pygments_lexer: language.name,
      codemirror_mode: isJs
        ? { name: 'javascript' }
        : { mode: 'typescript', name: 'javascript', typescript: true },
      nbconvert_exporter: 'script',
    },
    banner: `${isJs ? 'JavaScript' : `TypeScript ${version}`} on Node ${process.versions.node}, by tslab ${tslabVersion()}`,
    debugger: false,
    help_links: [
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'Node.js', url: 'https://nodejs.org/api/' },
    ],
  };
}
