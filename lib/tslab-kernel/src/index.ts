export { clearOutput } from './clear-output';
export { type InstallOptions, installKernelSpec, type KernelSpec, kernelSpec } from './kernel-spec';
export { KernelStartError } from './kernel-start-error';
export { type StartOptions, startKernel } from './start-kernel';
