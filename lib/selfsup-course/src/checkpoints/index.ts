export type { EncoderCard, FeatureAccuracy, PretrainedEncoderName } from './encoder-card';
export {
  type PretrainedEncoder,
  PretrainedEncoderError,
  type PretrainedEncoderOptions,
  pretrainedEncoder,
  untrainedEncoder,
} from './pretrained-encoder';
