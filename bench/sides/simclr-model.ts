import { projectionHead, residualEncoder, SimClr, tutorialEncoder } from 'selfsup';

export type EncoderName = 'tutorial' | 'batch-norm' | 'residual';

/** The models that are compared; the Python side builds the same of Keras layers. */
export function simClrModel(encoder: EncoderName, temperature: number): SimClr {
  const encoders = {
    tutorial: () => tutorialEncoder({ batchNorm: false }),
    'batch-norm': () => tutorialEncoder({ batchNorm: true }),
    residual: () => residualEncoder(),
  };
  return new SimClr({
    encoder: encoders[encoder](),
    projectionHead: projectionHead(),
    temperature,
  });
}
