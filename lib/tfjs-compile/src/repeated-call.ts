import type { GraphNode, GraphValue, OperationNode } from './graph';
import { differenceOfNodes } from './graph-difference';

/** Operations whose result's shape depends on values in ways that a graph allows: it must be computed to be known. */
const SHAPE_FROM_VALUES = /^(Ragged|Sparse|Unique|Where)/;

/** What is known of an operation before it has run. */
export type OperationCall = Pick<OperationNode, 'operation' | 'attributes' | 'inputs'>;

/**
 * Follows a call that should repeat an earlier one, operation by operation: as long as it does, the types of all outputs are
 * those of the earlier call, and nothing has to be computed to know them.
 */
export class RepeatedCall {
  private readonly earlierOf = new Map<GraphNode, GraphNode>();
  private position = 0;
  private repeats = true;

  /** @param earlier All operations of the earlier call, in the order in which they ran. */
  constructor(private readonly earlier: readonly OperationNode[]) {}

  /** Whether the call has so far done what the earlier one did, in the same order. */
  get isRepeating(): boolean {
    return this.repeats;
  }

  private isSame(value: GraphValue, earlier: GraphValue | undefined): boolean {
    if (!earlier || value.output !== earlier.output) return false;
    const known = this.earlierOf.get(value.node);
    if (known) return known === earlier.node;
    if (value.node.kind === 'operation') return false;
    if (differenceOfNodes(earlier.node, value.node) !== undefined) return false;
    this.earlierOf.set(value.node, earlier.node);
    return true;
  }

  /** The operation that the earlier call ran at this point, where the call that goes on is the same. */
  next({ operation, attributes, inputs }: OperationCall): OperationNode | undefined {
    const earlier = this.repeats ? this.earlier[this.position++] : undefined;
    this.repeats =
      earlier !== undefined &&
      earlier.operation === operation &&
      JSON.stringify(earlier.attributes) === JSON.stringify(attributes) &&
      earlier.inputs.length === inputs.length &&
      inputs.every((input, index) => this.isSame(input, earlier.inputs[index]));
    return this.repeats ? earlier : undefined;
  }

  /** Notes that `node` is what {@link next} found `earlier` for. */
  note(node: OperationNode, earlier: OperationNode): void {
    this.earlierOf.set(node, earlier);
    if (differenceOfNodes(earlier, node) !== undefined) this.repeats = false;
  }
}

/** Whether the outputs of an operation have the same types in every call whose inputs have the same types. */
export function hasFixedTypes(operation: string): boolean {
  return !SHAPE_FROM_VALUES.test(operation);
}
