export { losslessJson, parseLosslessJson } from './lossless-json';
export { replaceFile } from './replace-file';
