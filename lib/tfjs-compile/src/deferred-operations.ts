import type { ValueType } from './graph';
import type { NativeBinding, NativeTensor, NodeBackend } from './node-backend';

/** An operation that is computed only when a value is asked for that depends on it. */
interface DeferredOperation {
  readonly inputIds: readonly number[];
  readonly run: (inputIds: number[]) => NativeTensor[];
  outputs?: readonly NativeTensor[];
}

/** Below tfjs-node's own ids, which count from 0, and its -1, a tensor that TensorFlow has not been given. */
const FIRST_ID = -2;

/**
 * Operations whose outputs have a type and an id, but no value yet: tfjs-node handles their tensors like any others, and does
 * not delete them since their ids are negative. The {@link binding} must stand in the place of tfjs-node's own as long as
 * there are such tensors.
 */
export class DeferredOperations {
  /** tfjs-node's binding, to which deferred tensors are tensors. */
  readonly binding: NativeBinding;
  private readonly native: NativeBinding;
  private readonly operationOf = new Map<
    number,
    { readonly operation: DeferredOperation; readonly output: number }
  >();
  private readonly idOf = new Map<object, number>();
  private readonly operations: DeferredOperation[] = [];
  /** Tensors that deferred operations are computed from. */
  private readonly inputs = new Set<number>();
  /** Those of them that were to be deleted meanwhile. */
  private readonly unused = new Set<number>();

  constructor(private readonly backend: NodeBackend) {
    const { binding: native } = backend;
    this.native = native;
    const executeOp: NativeBinding['executeOp'] = (operation, attributes, inputs, outputs) =>
      native.executeOp(
        operation,
        attributes,
        inputs.map((id) => this.computed(id)),
        outputs,
      );
    const tensorDataSync = (id: number): unknown => native.tensorDataSync(this.computed(id));
    const deleteTensor = (id: number): void => {
      if (this.inputs.has(id)) this.unused.add(id);
      else native.deleteTensor(id);
    };
    this.binding = Object.create(native, {
      executeOp: { value: executeOp },
      tensorDataSync: { value: tensorDataSync },
      deleteTensor: { value: deleteTensor },
    }) as NativeBinding;
  }

  /** Outputs of the given types in the place of what `run` computes from the inputs. */
  defer(
    inputIds: readonly number[],
    types: readonly ValueType[],
    run: (inputIds: number[]) => NativeTensor[],
  ): NativeTensor[] {
    const operation: DeferredOperation = { inputIds, run };
    this.operations.push(operation);
    for (const id of inputIds) if (id >= 0) this.inputs.add(id);
    return types.map(({ dtype, shape }, output) => {
      const id = FIRST_ID - this.operationOf.size;
      this.operationOf.set(id, { operation, output });
      return { id, dtype, shape: [...shape] };
    });
  }

  /** Declares that the storage `dataId` holds the tensor `id`, which may be any. */
  noteStorage(dataId: object, id: number): void {
    if (this.operationOf.has(id)) this.idOf.set(dataId, id);
  }

  /** TensorFlow's id of a tensor, which is computed if it was deferred. */
  private computed(id: number): number {
    const deferred = this.operationOf.get(id);
    if (!deferred) return id;
    const { operation, output } = deferred;
    // An explicit stack: an unrolled recurrence is thousands of operations deep.
    const stack = operation.outputs ? [] : [operation];
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as DeferredOperation;
      const inputs = top.inputIds.map((input) => this.operationOf.get(input)?.operation);
      const missing = inputs.filter((input) => input !== undefined && !input.outputs);
      if (missing.length > 0) stack.push(...(missing as DeferredOperation[]));
      else {
        top.outputs ??= top.run([...top.inputIds]);
        stack.pop();
      }
    }
    const { id: own } = (operation.outputs as readonly NativeTensor[])[output] as NativeTensor;
    return own;
  }

  /** Computes what storages hold that still exist, and lets go of everything else. */
  settle(): void {
    const { tensorMap } = this.backend;
    /** Outputs that belong to a storage. */
    const settled = new Set<number>();
    try {
      for (const [dataId, deferred] of this.idOf) {
        if (!tensorMap.has(dataId)) continue;
        const id = this.computed(deferred);
        tensorMap.get(dataId).id = id;
        settled.add(id);
      }
    } finally {
      for (const id of this.unused) this.native.deleteTensor(id);
      for (const { outputs = [] } of this.operations) {
        for (const { id } of outputs) if (!settled.has(id)) this.native.deleteTensor(id);
      }
    }
  }
}
