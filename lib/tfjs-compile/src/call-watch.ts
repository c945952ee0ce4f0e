import * as tf from '@tensorflow/tfjs';
import { type Hook, hook } from './hooks';
import type { NodeBackend } from './node-backend';
import { originOf, separateVariable } from './storage';

/** The functions of the engine through which every variable and every tensor goes when it is made. */
interface Engine {
  makeVariable(initialValue: tf.Tensor, ...rest: unknown[]): tf.Variable;
  trackTensor(tensor: tf.Tensor, ...rest: unknown[]): void;
}

/** All registered variables, in the order in which they were created: equal in every process that builds them alike. */
export function registeredVariables(): tf.Variable[] {
  // Of the registry, whose keys are names, JavaScript would give those that are numbers first.
  return Object.values(tf.engine().registeredVariables).sort((a, b) => a.id - b.id);
}

/** Tensors that watches hold on to; one watch may watch a call inside that of another. */
const held = new WeakSet<tf.Tensor>();

function hold(variable: tf.Variable): tf.Tensor {
  const value = tf.keep(variable.clone());
  held.add(value);
  return value;
}

/**
 * Tells what a call does to the registered variables, and undoes it; tells which tensors it keeps. A snapshot holds on to
 * the old tensors: it costs their memory, but copies nothing.
 */
export class CallWatch {
  /** The value of each variable before the call. */
  private readonly before = new Map<tf.Variable, tf.Tensor>();
  /** Of each variable created in the call, the value it was created with. */
  private readonly initial = new Map<tf.Variable, tf.Tensor>();
  private readonly made = new Set<tf.Tensor>();

  /** Starts with the variables as they are now; the {@link hooks} must be installed during the call. */
  constructor(backend: NodeBackend) {
    for (const variable of registeredVariables()) {
      separateVariable(backend, variable);
      this.before.set(variable, hold(variable));
    }
  }

  /** Note the tensors that are made, and the first values of the variables. */
  hooks(): Hook[] {
    const engine = tf.engine() as unknown as Engine;
    const { makeVariable, trackTensor } = engine;
    return [
      hook(engine, 'makeVariable', (...args) => {
        const variable = makeVariable.apply(engine, args);
        this.initial.set(variable, hold(variable));
        return variable;
      }),
      hook(engine, 'trackTensor', (tensor, ...rest) => {
        if (!(tensor instanceof tf.Variable)) this.made.add(tensor);
        trackTensor.call(engine, tensor, ...rest);
      }),
    ];
  }

  /** The variables that existed before the call, the oldest first. */
  get existing(): tf.Variable[] {
    return [...this.before.keys()];
  }

  /** The variables that the call has created and not disposed of, the oldest first. */
  get created(): tf.Variable[] {
    return [...this.initial.keys()].filter((variable) => !variable.isDisposed);
  }

  /** The existing variables that were given another value, the oldest first. */
  get assigned(): tf.Variable[] {
    return [...this.before]
      .filter(([variable, value]) => originOf(variable.dataId) !== originOf(value.dataId))
      .map(([variable]) => variable);
  }

  /** The tensors that the call made and that outlive it, without its results. Asked after the call's scope has ended. */
  kept(results: readonly tf.Tensor[]): tf.Tensor[] {
    const returned = new Set(results);
    return [...this.made].filter(
      (tensor) => !tensor.isDisposed && !returned.has(tensor) && !held.has(tensor),
    );
  }

  /** Gives existing variables the value they had before the call, and created ones the value they were created with. */
  undo(): void {
    for (const [variable, value] of [...this.before, ...this.initial]) {
      if (!variable.isDisposed && variable.dataId !== value.dataId) variable.assign(value);
    }
  }

  /** Lets go of the values; {@link undo} is then no longer possible. */
  dispose(): void {
    tf.dispose([...this.before.values(), ...this.initial.values()]);
    this.before.clear();
    this.initial.clear();
    this.made.clear();
  }
}
