export { type ProjectionHeadOptions, projectionHead } from './projection-head';
export { type ResidualEncoderOptions, residualEncoder } from './residual-encoder';
export { SimClr, type SimClrLoss, type SimClrOptions, type SimClrOutput } from './sim-clr';
export { type TutorialEncoderOptions, tutorialEncoder } from './tutorial-encoder';
