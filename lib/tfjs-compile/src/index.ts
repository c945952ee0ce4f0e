export { RandomStream } from './random-stream';
