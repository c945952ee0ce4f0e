import { InvalidArgumentError } from '../../runtime/errors';
import * as tf from '../../runtime/tensorflow';
import { CheckpointError } from './checkpoint-error';
import type { SafetensorsTensor } from './safetensors';
import type { SafetensorsDtype } from './safetensors-dtypes';
import { described, type StateFile } from './state-file';

type VariableDtype = 'float32' | 'int32' | 'bool';

/** The type of variable that holds each stored type exactly; the others no variable can hold. */
const VARIABLE_DTYPE: Readonly<Partial<Record<SafetensorsDtype, VariableDtype>>> = {
  F32: 'float32',
  F16: 'float32',
  BF16: 'float32',
  I32: 'int32',
  I16: 'int32',
  I8: 'int32',
  U16: 'int32',
  U8: 'int32',
  BOOL: 'bool',
};

/** The values of variables, ready to be stored. Names get their position in front, which keeps them unique. */
export function storedTensors(variables: readonly tf.Variable[]): SafetensorsTensor[] {
  return variables.map((variable, index): SafetensorsTensor => {
    const { dtype, shape } = variable;
    const name = `${String(index).padStart(4, '0')} ${variable.name}`;
    switch (dtype) {
      case 'float32':
        return { name, dtype: 'F32', shape, values: variable.dataSync<'float32'>() };
      case 'int32':
        return { name, dtype: 'I32', shape, values: variable.dataSync<'int32'>() };
      case 'bool':
        return { name, dtype: 'BOOL', shape, values: variable.dataSync<'bool'>() };
      default:
        throw new InvalidArgumentError(
          `Variable "${variable.name}" is ${dtype}; only float32, int32 and bool can be stored.`,
        );
    }
  });
}

/**
 * Gives variables the values read from a file, matched by order, shape and type. Nothing is assigned unless all fit.
 * A file that another program wrote is accepted where its names begin with positions, as {@link storedTensors} gives them.
 *
 * @throws CheckpointError when they do not fit.
 */
export function assignStoredTensors(
  file: string,
  state: StateFile,
  variables: readonly tf.Variable[],
): void {
  const tensors = state.writer === 'selfsup' ? state.tensors : inNamedOrder(file, state);
  if (tensors.length !== variables.length) {
    throw new CheckpointError(
      `${file} holds ${tensors.length} tensors, the model and optimizer have ${variables.length} variables. ` +
        'Build them as they were when the file was written, or name another file.',
    );
  }
  const fitting = variables.map((variable, index) => {
    const tensor = tensors[index] as SafetensorsTensor;
    const { name, shape, values } = tensor;
    const dtype = VARIABLE_DTYPE[tensor.dtype];
    if (dtype !== variable.dtype || !tf.util.arraysEqual([...shape], variable.shape)) {
      throw new CheckpointError(
        `${file}: "${name}" is ${dtype ?? tensor.dtype} [${shape}], the variable at its place, "${variable.name}", is ` +
          `${variable.dtype} [${variable.shape}]. ` +
          'Build the model as it was when the file was written, or name another file.',
      );
    }
    return { variable, shape: [...shape], dtype, values: asVariableValues(values) };
  });
  tf.tidy(() => {
    for (const { variable, shape, dtype, values } of fitting) {
      variable.assign(tf.tensor(values, shape, dtype));
    }
  });
}

/** The narrow whole numbers widened to what a tensor is made of. */
function asVariableValues(
  values: SafetensorsTensor['values'],
): Float32Array | Int32Array | Uint8Array {
  if (
    values instanceof Int8Array ||
    values instanceof Int16Array ||
    values instanceof Uint16Array
  ) {
    return Int32Array.from(values);
  }
  return values as Float32Array | Int32Array | Uint8Array;
}

/** Other programs order tensors as they like: only positions at the start of the names tell which belongs where. */
function inNamedOrder(file: string, state: StateFile): readonly SafetensorsTensor[] {
  const { tensors } = state;
  const placed = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const position = (name: string): number => Number(/^(\d{4,}) /.exec(name)?.[1] ?? NaN);
  if (tensors.length > 0 && placed.every(({ name }, index) => position(name) === index)) {
    return placed;
  }
  throw new CheckpointError(
    `${file} is a safetensors file of another program: ${described(state)}, no SHA-256 digest. Its names do not say ` +
      'which tensor belongs to which variable. Begin them with positions ("0000 kernel", "0001 bias", …), or read it ' +
      'with parseSafetensors and assign its tensors yourself.',
  );
}
