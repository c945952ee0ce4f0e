export { doctor, type Finding } from './doctor';
export { type InstallFailureReason, TensorFlowInstallError } from './errors';
export { type Installation, install, isInstalled } from './install';
export type { EngineOptions, InstallOptions } from './options';
export type { InstallProgress, InstallStage } from './progress';
