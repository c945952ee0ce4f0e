/** A function's value and gradient at one point. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** Options of {@link minimise}. */
export interface LBfgsOptions {
  /** Approximates the inverse of the function's curvature: maps a gradient to a step. Default: the gradient itself. */
  readonly precondition?: (gradient: Float64Array) => Float64Array;
  /** Steps remembered. Default 10. */
  readonly memory?: number;
  /** Default 200. */
  readonly maxIterations?: number;
  /** Ends when a step lowers the value by less than this share of it, and {@link gradientTolerance} agrees. Default 1e-6. */
  readonly tolerance?: number;
  /**
   * A gradient `g` of which `gᵀ P g` (with the preconditioner `P`; about twice what Newton's step would gain) is below this
   * share of that of `referenceGradient` is near enough to 0. Unlike a share of the value this does not depend on how much
   * of the value can be gained at all. Default 1e-4.
   */
  readonly gradientTolerance?: number;
  /** What the gradient is compared with. Default the gradient at the start. */
  readonly referenceGradient?: Float64Array;
}

/** Where {@link minimise} ended. */
export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** False where `maxIterations` ended it. */
  readonly converged: boolean;
}

/** Share of the decrease promised by the gradient that a step must deliver. */
const SUFFICIENT_DECREASE = 1e-4;
/** What remains of a gradient after a step worth taking although the value does not show it. */
const NOTABLY_LESS = 0.9;
/** Halvings after which a step is too small to change a float32 value. */
const MAX_HALVINGS = 20;

/**
 * Minimises a smooth convex function by the limited-memory BFGS method with a halving line search. Deterministic. Where the
 * value is too coarse to show a step's gain, as a float32 sum can be, the gradient decides.
 *
 * @param evaluate The function and its gradient. The point belongs to `minimise`.
 * @see Liu, Nocedal, "On the limited memory BFGS method for large scale optimization", Mathematical Programming 45, 1989.
 */
export async function minimise(
  evaluate: (point: Float64Array) => Promise<Evaluation>,
  start: Float64Array,
  {
    precondition = (gradient) => gradient.slice(),
    memory = 10,
    maxIterations = 200,
    tolerance = 1e-6,
    gradientTolerance = 1e-4,
    referenceGradient,
  }: LBfgsOptions = {},
): Promise<Minimum> {
  const history: Step[] = [];
  let point: Float64Array = start.slice();
  let current = await evaluate(point);
  const gain = (gradient: Float64Array): number => dot(gradient, precondition(gradient));
  const smallGain = gradientTolerance * gain(referenceGradient ?? current.gradient);
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const direction = descentDirection(current.gradient, history, precondition);
    const slope = dot(direction, current.gradient);
    let stepSize = 1;
    let halvings = 0;
    let next = moved(point, direction, stepSize);
    let found = await evaluate(next);
    while (
      !(found.value <= current.value + SUFFICIENT_DECREASE * stepSize * slope) &&
      halvings < MAX_HALVINGS
    ) {
      stepSize /= 2;
      halvings++;
      next = moved(point, direction, stepSize);
      found = await evaluate(next);
    }
    let decrease = current.value - found.value;
    if (!(decrease > 0)) {
      // No step lowers the value: it is exact to its last digit, or the point is the minimum. The gradient can tell.
      const whole = moved(point, direction, 1);
      const there = await evaluate(whole);
      if (!(gain(there.gradient) < NOTABLY_LESS * gain(current.gradient))) {
        const converged = Number.isFinite(current.value) && gain(current.gradient) <= smallGain;
        return { point, value: current.value, iterations: iteration, converged };
      }
      [next, found, stepSize, decrease] = [whole, there, 1, 0];
    }
    const change = direction.map((d) => d * stepSize);
    const gradientChange = found.gradient.map((g, i) => g - (current.gradient[i] as number));
    const curvature = dot(change, gradientChange);
    if (curvature > 0) {
      history.push({ change, gradientChange, curvature });
      if (history.length > memory) history.shift();
    }
    point = next;
    current = found;
    if (decrease <= tolerance * Math.abs(current.value) && gain(current.gradient) <= smallGain) {
      return { point, value: current.value, iterations: iteration, converged: true };
    }
  }
  return { point, value: current.value, iterations: maxIterations, converged: false };
}

/** How one step changed the point and the gradient; `curvature` is their dot product. */
interface Step {
  readonly change: Float64Array;
  readonly gradientChange: Float64Array;
  readonly curvature: number;
}

/** The two-loop recursion: minus the gradient times the inverse curvature that the remembered steps suggest. */
function descentDirection(
  gradient: Float64Array,
  history: readonly Step[],
  precondition: (gradient: Float64Array) => Float64Array,
): Float64Array {
  const rest = gradient.slice();
  const weights: number[] = [];
  for (const step of [...history].reverse()) {
    const weight = dot(step.change, rest) / step.curvature;
    weights.push(weight);
    add(rest, step.gradientChange, -weight);
  }
  let direction: Float64Array = precondition(rest);
  const last = history.at(-1);
  if (last !== undefined) {
    const scale = last.curvature / dot(last.gradientChange, precondition(last.gradientChange));
    direction = direction.map((d) => d * scale);
  }
  for (const step of history) {
    const weight = (weights.pop() as number) - dot(step.gradientChange, direction) / step.curvature;
    add(direction, step.change, weight);
  }
  return direction.map((d) => -d);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Adds `factor` times `other` to `target`. */
function add(target: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) {
    target[i] = (target[i] as number) + factor * (other[i] as number);
  }
}

function moved(point: Float64Array, direction: Float64Array, stepSize: number): Float64Array {
  const next = point.slice();
  add(next, direction, stepSize);
  return next;
}
