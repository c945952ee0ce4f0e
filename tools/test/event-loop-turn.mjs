import { afterEach } from 'vitest';

// Tests that compute without awaiting anything follow each other in one turn of the event loop, in which the worker reads no
// answer of Vitest's main process. After 60 s without one, which a busy machine needs for a file of such tests, Vitest reports
// an error of its own ('Timeout calling "onTaskUpdate"').
afterEach(() => new Promise((resolve) => setImmediate(resolve)));
