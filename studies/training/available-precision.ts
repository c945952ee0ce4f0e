import { fastestPrecision } from 'selfsup';
import { NotMeasurableHere } from '../runner/study';

/**
 * The precision a recipe asks for.
 *
 * @param precision `float32`, `bfloat16`, or `fastest` for the one this processor is quicker in.
 * @throws NotMeasurableHere when the processor has no instructions for bfloat16.
 */
export function availablePrecision(precision: string): 'float32' | 'bfloat16' {
  const fastest = fastestPrecision();
  if (precision === 'float32') return 'float32';
  if (precision === 'bfloat16' && fastest !== 'bfloat16') {
    throw new NotMeasurableHere('this processor has no instructions for bfloat16');
  }
  return fastest;
}
