/** Base class of every error this package raises on purpose. */
export class CompileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * The function does something a graph cannot repeat: it reads a tensor's value, draws random numbers in
 * JavaScript, keeps a tensor for later. The message names the call, the line, and what to write instead.
 */
export class NotCompilableError extends CompileError {}

/** TensorFlow could not build or run the graph. The message names the tfjs call the operation came from. */
export class GraphError extends CompileError {}

/** A function of this package was given a value it cannot work with. */
export class CompileArgumentError extends CompileError {}

/**
 * The state of a function cannot be found: it keeps tensors from call to call, or disposes of variables. The message
 * names the call, the line, and what to write instead.
 */
export class StateError extends CompileError {}
