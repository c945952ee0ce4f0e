/** The training steps of the course, as `step-tracing` builds them. */
export const TRACED_STEPS = {
  'simclr-tutorial': "SimCLR, the tutorial's recipe, with its augmentation",
  'simclr-batch-norm': 'SimCLR, the stronger recipe, with its augmentation',
  'simclr-residual': 'SimCLR, residual encoder, the stronger augmentation',
} as const;

export type TracedStep = keyof typeof TRACED_STEPS;
