type Names = Record<string, unknown>;

/** How a cell's script gives access to a variable of its own. */
export type LiveVariables = Readonly<
  Record<string, readonly [read: () => unknown, write: (value: unknown) => void]>
>;

/**
 * The variables that cells share. A cell's script refers to the variables of earlier cells as properties of an `exports`
 * object, and to its own directly. Stock tslab copies the values of its own: a function that a cell defined beside a `let`
 * then keeps the old value when a later cell assigns to the variable. Here both are the same variable.
 */
export class SharedScope {
  /** Every property is an accessor, so that assigning to it through an object that inherits it reaches the variable. */
  readonly variables: Names = {};

  private share(name: string, get: () => unknown, set: (value: unknown) => void): void {
    Object.defineProperty(this.variables, name, {
      get,
      set,
      enumerable: true,
      configurable: true,
    });
  }

  private shareValue(name: string, value: unknown): void {
    let current = value;
    this.share(
      name,
      () => current,
      (next) => {
        current = next;
      },
    );
  }

  /**
   * The `exports` object of one cell. A name is shared when its declaration has been executed, so a cell that fails before it
   * leaves an earlier variable of that name alone.
   *
   * @param names what the cell declares
   * @returns the object, and `live`, to be told the reassignable variables before anything else runs
   */
  forCell(names: readonly string[]): {
    readonly exports: Names;
    readonly live: (variables: LiveVariables) => void;
  } {
    const exports: Names = Object.create(this.variables);
    const shared = new Set<string>();
    let live: LiveVariables = {};
    const share = (name: string, value: unknown): void => {
      const variable = live[name];
      if (variable === undefined) this.shareValue(name, value);
      else if (!shared.has(name)) this.share(name, ...variable);
      shared.add(name);
    };
    const own = new Set(names);
    for (const name of own) {
      const property = {
        get: () => this.variables[name],
        set: (value: unknown) => share(name, value),
        enumerable: true,
        configurable: true,
      };
      Object.defineProperty(exports, name, property);
    }
    // TypeScript marks modules, and defines imported names as getters.
    const guarded = new Proxy(exports, {
      defineProperty: (target, name, attributes) => {
        if (name === '__esModule') return true;
        if (typeof name === 'string' && own.has(name)) {
          share(name, attributes.get ? attributes.get() : attributes.value);
          return true;
        }
        return Reflect.defineProperty(target, name, { ...attributes, configurable: true });
      },
    });
    return {
      exports: guarded,
      live: (variables) => {
        live = variables;
      },
    };
  }
}
