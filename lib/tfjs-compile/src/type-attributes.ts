import { type GraphValue, typeOf } from './graph';
import { type OperationAttribute, typeAttribute } from './node-backend';

/**
 * Which input has the type that an attribute states, where it is not the first one. Eager TensorFlow looks at the inputs
 * alone; tfjs-node tells it other types now and then (tf.mean casts its input and states the type from before; a decoded
 * image is uint8 in TensorFlow and int32 in tfjs). A graph is held to what it states.
 */
const STATED_BY: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AvgPool3DGrad: { T: 1 },
  AvgPoolGrad: { T: 1 },
  Bincount: { T: 2 },
  BlockLSTMV2: { T: 1 },
  Conv2DBackpropInput: { T: 1 },
  Conv3DBackpropInputV2: { T: 1 },
  DenseBincount: { T: 2 },
  DepthwiseConv2dNativeBackpropInput: { T: 1 },
  Fill: { T: 1 },
  OneHot: { T: 2 },
  ResizeBilinearGrad: { T: 1 },
  ScatterNd: { T: 1 },
  Select: { T: 1 },
  SelectV2: { T: 1 },
  SparseToDense: { T: 2 },
  Split: { T: 1 },
};

/** Attributes that state the type of the first input, unless {@link STATED_BY} says otherwise. */
const OF_FIRST_INPUT = new Set(['SrcT', 'T', 'Tcomplex', 'TI', 'Tparams']);

/** The attributes of an operation as a graph must state them: with the types that its inputs have. */
export function withTrueTypes(
  operation: string,
  attributes: readonly OperationAttribute[],
  inputs: readonly GraphValue[],
): OperationAttribute[] {
  const stated = attributes.map((attribute) => {
    const { name } = attribute;
    const index = STATED_BY[operation]?.[name] ?? (OF_FIRST_INPUT.has(name) ? 0 : undefined);
    const input = index === undefined ? undefined : inputs[index];
    return input ? { ...attribute, value: typeOf(input).dtype } : { ...attribute };
  });
  // The only kernel of tfjs-node that leaves the type out.
  if (operation === 'ExpandDims' && stated.length === 0 && inputs[0]) {
    stated.push(typeAttribute('T', typeOf(inputs[0]).dtype));
  }
  return stated;
}
