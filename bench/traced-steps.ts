/** The training steps of the course, as `step-tracing` builds them. */
export const TRACED_STEPS = {
  'simclr-tutorial': "SimCLR, the tutorial's recipe, with its augmentation",
  'simclr-batch-norm': 'SimCLR, the stronger recipe, with its augmentation',
  'simclr-residual': 'SimCLR, residual encoder, the stronger augmentation',
  'mo-co': 'MoCo, 4,096 keys, the stronger augmentation',
  'supervised-frozen': 'classifier on a frozen encoder',
  'supervised-trained': 'fine-tuning, all weights',
  'masked-language': 'masked language model, 64 rows of 64, 10,000 words',
} as const;

export type TracedStep = keyof typeof TRACED_STEPS;
