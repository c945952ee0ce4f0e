/** The kernel cannot start or be installed; the message says why and what to do. */
export class KernelStartError extends Error {
  override readonly name = 'KernelStartError';
}
