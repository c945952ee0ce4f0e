/**
 * Puts back two functions that tfjs-node 4 calls and Node 23 removed: `util.isNullOrUndefined` and `util.isArray`. Node
 * 22 still has them, but answers the first call with a deprecation warning; that goes, too. Import it before tfjs-node:
 *
 * ```ts
 * import 'tfjs-node-tensorflow/node-compatibility';
 * import * as tf from '@tensorflow/tfjs-node';
 * ```
 *
 * or, for a program that cannot be changed: `node --require tfjs-node-tensorflow/node-compatibility program.js`.
 *
 * @module
 */
import util from 'node:util';

Object.assign(util, {
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
  isArray: Array.isArray,
});
