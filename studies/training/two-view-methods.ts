import {
  AdamW,
  Byol,
  barlowTwinsLoss,
  byolStep,
  decoupledContrastiveLoss,
  JointEmbedding,
  MoCo,
  moCoStep,
  ntXentLoss,
  type PairLoss,
  projectionHead,
  SimSiam,
  simClrAugmentation,
  type TrainingStep,
  type TwoViewModel,
  type tf,
  tutorialEncoder,
  twoViewStep,
  twoViews,
  vicRegLoss,
} from 'selfsup';

/** What every method needs: encoder and head start from the same weights for equal seeds. */
export interface TwoViewRecipe {
  /** Pixels of a side of the views. */
  readonly viewSize: number;
  /** Units of the projection head's hidden layer. */
  readonly hiddenDim: number;
  /** Length of the projection. */
  readonly projectionDim: number;
  /** Batch normalization in the head's hidden layer. */
  readonly headBatchNorm: boolean;
}

/** A method with what is its own. */
export type TwoViewMethod =
  | { readonly method: 'SimCLR' | 'DCL'; readonly temperature: number }
  | {
      readonly method: 'MoCo';
      readonly temperature: number;
      readonly queueSize: number;
      readonly momentum: number;
    }
  | {
      readonly method: 'SimSiam';
      readonly predictorDim: number;
      /** Batch normalization of the projection, too. */
      readonly outputBatchNorm: boolean;
      readonly stopGradient: boolean;
    }
  | {
      readonly method: 'BYOL';
      readonly predictorDim: number;
      readonly outputBatchNorm: boolean;
      readonly momentum: number;
    }
  | {
      readonly method: 'VICReg';
      readonly invariance: number;
      readonly variance: number;
      readonly covariance: number;
    }
  | { readonly method: 'Barlow Twins'; readonly redundancy: number };

/** A model that is ready to be trained. */
export interface PreparedMethod {
  readonly encoder: tf.LayersModel;
  readonly model: Pick<TwoViewModel, 'call' | 'dispose'>;
  readonly step: TrainingStep<{ images: tf.Tensor4D }>;
}

/** Encoder, head, loss and update of a method, untrained. */
export function prepareMethod(recipe: TwoViewRecipe & TwoViewMethod, seed: number): PreparedMethod {
  const { hiddenDim, projectionDim } = recipe;
  const encoder = tutorialEncoder({ inputShape: [null, null, 3], seed });
  const head = projectionHead({
    hiddenDim,
    projectionDim,
    batchNorm: recipe.headBatchNorm,
    outputBatchNorm: 'outputBatchNorm' in recipe && recipe.outputBatchNorm,
    seed,
  });
  const networks = { encoder, projectionHead: head };
  const views = twoViews(simClrAugmentation({ size: recipe.viewSize }));
  if (recipe.method === 'MoCo') {
    const { queueSize, temperature, momentum } = recipe;
    const model = new MoCo({ ...networks, queueSize, temperature, seed });
    const optimizer = new AdamW(model.trainableVariables);
    return {
      encoder,
      model,
      step: moCoStep({ model, optimizer, views, momentum, symmetric: true }),
    };
  }
  if (recipe.method === 'SimSiam' || recipe.method === 'BYOL') {
    const predictor = projectionHead({
      inputDim: projectionDim,
      hiddenDim: recipe.predictorDim,
      projectionDim,
      batchNorm: true,
      seed: seed + 1,
    });
    if (recipe.method === 'BYOL') {
      const model = new Byol({ ...networks, predictor });
      const optimizer = new AdamW(model.trainableVariables);
      return {
        encoder,
        model,
        step: byolStep({ model, optimizer, views, momentum: recipe.momentum }),
      };
    }
    const model = new SimSiam({ ...networks, predictor, stopGradient: recipe.stopGradient });
    const optimizer = new AdamW(model.trainableVariables);
    return { encoder, model, step: twoViewStep({ model, optimizer, views }) };
  }
  const model = new JointEmbedding({ ...networks, loss: pairLossOf(recipe) });
  const optimizer = new AdamW(model.trainableVariables);
  return { encoder, model, step: twoViewStep({ model, optimizer, views }) };
}

/** The loss of a method that compares two projections and has no further network. */
function pairLossOf(
  recipe: Extract<TwoViewMethod, { method: 'SimCLR' | 'DCL' | 'VICReg' | 'Barlow Twins' }>,
): PairLoss {
  switch (recipe.method) {
    case 'SimCLR':
      return (z1, z2) => ntXentLoss(z1, z2, { temperature: recipe.temperature });
    case 'DCL':
      return (z1, z2) => decoupledContrastiveLoss(z1, z2, { temperature: recipe.temperature });
    case 'VICReg': {
      const { invariance, variance, covariance } = recipe;
      return (z1, z2) => vicRegLoss(z1, z2, { invariance, variance, covariance });
    }
    case 'Barlow Twins':
      return (z1, z2) => barlowTwinsLoss(z1, z2, { redundancy: recipe.redundancy });
  }
}
