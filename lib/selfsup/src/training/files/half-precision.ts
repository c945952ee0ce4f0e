/**
 * Numbers of 16 bits, which JavaScript has no array for: IEEE 754 half precision (5 bits of exponent, 10 of fraction) and
 * bfloat16 (the upper half of a float32). Each is read into a float32, exactly; writing rounds to the nearest, ties to
 * even.
 */
const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** The values of half-precision numbers, given as their bits. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** The bits of the half-precision numbers nearest to the values; beyond 65,519 they are infinite. */
export function toFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    const size = Math.abs(value);
    if (Number.isNaN(value)) return 0x7e00;
    if (size >= 65_520) return sign | 0x7c00;
    // Below 2⁻¹⁴ the numbers are evenly spaced; above, the spacing doubles with each power of two.
    const exponent = Math.max(-14, Math.floor(Math.log2(size || 1e-9)));
    const steps = roundedToEven(size / 2 ** (exponent - 10));
    return sign | (size < 2 ** -14 ? steps : ((exponent + 14) << 10) + steps);
  });
}

/** The values of bfloat16 numbers, given as their bits. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const wide = Uint32Array.from(bits, (half) => half * 2 ** 16);
  return new Float32Array(wide.buffer);
}

/** The bits of the bfloat16 numbers nearest to the values. */
export function toBfloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    scratch[0] = value;
    const bits = scratchBits[0] as number;
    if (Number.isNaN(value)) return 0x7fc0;
    return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  });
}

function roundedToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
