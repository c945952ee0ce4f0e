export { inOwnProcess } from './in-own-process';
export { temporaryFolder } from './temporary-folder';
