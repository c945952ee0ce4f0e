import * as tf from '@tensorflow/tfjs';
import { CompileError } from './errors';
import { hook, installHooks } from './hooks';

// To compute a gradient, TensorFlow.js saves clones of tensors. Where it saves an output (of tanh, sigmoid, exp, softmax …) it
// notes the clone on its tape before the operation itself, so that later the clone does not seem to depend on anything: the
// gradient of a gradient takes it for a constant and is wrong, without a word. What a `tf.customGrad` saves from within its own
// computation is lost in the same way.

interface TapeNode {
  id: number;
  readonly kernelName: string;
  inputs: Record<string, tf.Tensor>;
  readonly outputs: tf.Tensor[];
  gradient?: (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;
}

interface Engine {
  readonly state: { readonly activeTape: TapeNode[] | null };
  addTapeNode(
    kernelName: string,
    inputs: Record<string, tf.Tensor>,
    outputs: tf.Tensor[],
    gradient: unknown,
    saved: tf.Tensor[],
    attributes: unknown,
  ): void;
}

const ARRANGES = Symbol.for('tfjs-compile/connectSavedOutputs');

/** Lets a saved value stand for what it depends on: a gradient that needs its derivative is refused. */
function refuseDerivative(clone: TapeNode, operation: TapeNode): void {
  clone.inputs = operation.inputs;
  clone.gradient = () => {
    throw new CompileError(
      `The gradient of ${operation.kernelName || 'a tf.customGrad'} cannot be differentiated again: it uses a value that ` +
        'was saved on the way, whose own gradient TensorFlow.js does not know. Compose the loss of other functions, or use ' +
        'softmaxCrossEntropy of tfjs-compile for that of tf.losses.',
    );
  };
}

/** Puts the nodes of an operation's saved tensors, the last on the tape before its own, where they belong. */
function arrange(tape: TapeNode[], saved: ReadonlySet<tf.Tensor>): void {
  const operation = tape.pop() as TapeNode;
  const clones: TapeNode[] = [];
  while (saved.has(tape[tape.length - 1]?.outputs[0] as tf.Tensor)) {
    clones.unshift(tape.pop() as TapeNode);
  }
  const inputs = new Set(Object.values(operation.inputs));
  const ofOutputs: TapeNode[] = [];
  for (const clone of clones) {
    const source = clone.inputs.x as tf.Tensor;
    if (operation.outputs.includes(source)) ofOutputs.push(clone);
    else {
      if (!inputs.has(source) && source.dtype === 'float32') refuseDerivative(clone, operation);
      tape.push(clone);
    }
  }
  tape.push(operation, ...ofOutputs);
}

/**
 * Makes gradients of gradients right where TensorFlow.js takes saved outputs for constants, and refuses those that cannot
 * be. First gradients stay as they are.
 *
 * @returns A function that undoes it.
 */
export function connectSavedOutputs(): () => void {
  const engine = tf.engine() as unknown as Engine;
  const { addTapeNode } = engine;
  // Another copy of this package in the process shares the engine.
  if (ARRANGES in addTapeNode) return () => undefined;
  const arranging: Engine['addTapeNode'] = (
    kernel,
    inputs,
    outputs,
    gradient,
    saved,
    attributes,
  ) => {
    addTapeNode.call(engine, kernel, inputs, outputs, gradient, saved, attributes);
    const tape = engine.state.activeTape;
    if (tape && saved.length > 0) arrange(tape, new Set(saved));
  };
  return installHooks([
    hook(engine, 'addTapeNode', Object.assign(arranging, { [ARRANGES]: true })),
  ]);
}
