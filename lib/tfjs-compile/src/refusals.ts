import { type CallSite, describe } from './call-site';
import { NotCompilableError } from './errors';
import { DataType, type NativeTensor } from './node-backend';

/** Operations that draw from a generator hidden in TensorFlow's kernel: eager and compiled would differ. */
const HIDDEN_GENERATORS = new Set([
  'Multinomial',
  'ParameterizedTruncatedNormal',
  'RandomGamma',
  'RandomPoissonV2',
  'RandomShuffle',
  'RandomStandardNormal',
  'RandomUniform',
  'RandomUniformInt',
  'TruncatedNormal',
]);

/** Operations whose result's shape depends on values: the shapes tfjs computes from it would be frozen. */
const SHAPE_FROM_VALUES = new Set([
  'ListDiff',
  'NonMaxSuppressionV3',
  'NonMaxSuppressionV4',
  'NonMaxSuppressionV5',
  'Unique',
  'UniqueV2',
  'UniqueWithCounts',
  'Where',
]);

const UNSUPPORTED_TYPES = new Map<number, string>([
  [DataType.STRING, 'strings'],
  [DataType.RESOURCE, 'a resource'],
  [DataType.VARIANT, 'a variant'],
]);

/** The error for something that `what` does at `site`; `because` and `instead` are whole sentences. */
function refuse(
  name: string,
  site: CallSite,
  what: string,
  because: string,
  instead: string,
): NotCompilableError {
  return new NotCompilableError(
    `"${name}" cannot be compiled: ${describe(site)} ${what}. ${because} ${instead}`,
  );
}

export function refuseRead(name: string, site: CallSite): NotCompilableError {
  return refuse(
    name,
    site,
    'reads the value of a tensor that depends on the inputs or on a variable',
    'The compiled graph would go on using the value of the first call.',
    'Return the tensor and read it outside, or compute with tensors instead (tf.where, tf.greater).',
  );
}

export function refuseJavaScriptRandomness(name: string, site: CallSite): NotCompilableError {
  return refuse(
    name,
    site,
    'draws random numbers in JavaScript (Math.random)',
    'The compiled graph would use the same numbers in every call.',
    'Draw them with a RandomStream of this package, whose seed is an argument of the function.',
  );
}

/** Refuses an operation by its name, or `undefined` where it can be compiled. */
export function refuseOperation(
  name: string,
  operation: string,
  dependsOnInputs: boolean,
  site: CallSite,
): NotCompilableError | undefined {
  if (HIDDEN_GENERATORS.has(operation)) {
    return refuse(
      name,
      site,
      `draws from a random generator hidden in TensorFlow (${operation})`,
      'Eager and compiled calls would not draw the same numbers.',
      'Draw them with a RandomStream of this package, whose seed is an argument of the function.',
    );
  }
  if (dependsOnInputs && SHAPE_FROM_VALUES.has(operation)) {
    return refuse(
      name,
      site,
      `makes a tensor whose shape depends on values (${operation})`,
      'A compiled graph has fixed shapes.',
      'Call it outside the compiled function.',
    );
  }
  if (/Summary|^(Read|Write)File$|^Print/.test(operation)) {
    return refuse(
      name,
      site,
      `has an effect outside TensorFlow (${operation})`,
      'Only assignments to tf.Variables are repeated by a compiled graph.',
      'Call it outside the compiled function, with tensors the function returns.',
    );
  }
  return undefined;
}

/** Refuses tensors that are not numbers. */
export function refuseTypes(
  name: string,
  outputs: readonly Pick<NativeTensor, 'dtype'>[],
  site: CallSite,
): NotCompilableError | undefined {
  for (const { dtype } of outputs) {
    const type = UNSUPPORTED_TYPES.get(dtype);
    if (type !== undefined) {
      return refuse(
        name,
        site,
        `uses a tensor that holds ${type}`,
        'Compiled functions compute with numbers and booleans only.',
        'Do this part outside the compiled function.',
      );
    }
  }
  return undefined;
}

export function refuseSavedModel(name: string, site: CallSite): NotCompilableError {
  return refuse(
    name,
    site,
    'runs a SavedModel',
    'Its operations are not visible to the tracer.',
    'Run it outside and pass its results as arguments.',
  );
}

export function refusePromise(name: string): NotCompilableError {
  return new NotCompilableError(
    `"${name}" cannot be compiled: it returns a promise. A compiled function is synchronous: ` +
      'await outside it, and pass what you waited for as arguments.',
  );
}

export function refuseKeptTensor(name: string, site: CallSite | undefined): NotCompilableError {
  return new NotCompilableError(
    `"${name}" cannot be compiled: in every call it keeps a tensor (tf.keep)${
      site ? ` made by ${describe(site)}` : ''
    } that it does not return. Compiled calls would not renew it. Return the tensor, or assign it to a tf.Variable.`,
  );
}

export function refuseNewVariable(name: string, variables: readonly string[]): NotCompilableError {
  return new NotCompilableError(
    `"${name}" cannot be compiled: it creates a tf.Variable in every call (${variables.join(', ')}). ` +
      'Create variables once, outside the function or only in its first call.',
  );
}

export function refuseDisposedVariable(name: string, variable: string): NotCompilableError {
  return new NotCompilableError(
    `"${name}" cannot be compiled: it disposes of the tf.Variable "${variable}". Dispose of it outside the function.`,
  );
}

export function refuseDisposedTensor(name: string, site: CallSite | undefined): NotCompilableError {
  return new NotCompilableError(
    `"${name}" uses a tensor from outside itself that has been disposed of${
      site ? `; it was used by ${describe(site)}` : ''
    }. Keep the tensor (create it outside tf.tidy, or tf.keep it) as long as the function is called, or pass it as an argument.`,
  );
}

export function refuseDifferentTrace(name: string, what: string): NotCompilableError {
  return new NotCompilableError(
    `"${name}" cannot be compiled: ${what}. A compiled graph repeats one call exactly. Pass what changes from ` +
      'call to call as an argument, as a tensor.',
  );
}
