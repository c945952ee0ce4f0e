/** A property that stands in for another one while hooks are installed. */
export interface Hook {
  readonly object: object;
  readonly property: PropertyKey;
  readonly value: unknown;
}

/** The hook that puts `value` in the place of `object[property]`. */
export function hook<T extends object, K extends keyof T>(
  object: T,
  property: K,
  value: T[K],
): Hook {
  return { object, property, value };
}

/**
 * Puts the hooks in place, as properties of the objects themselves.
 *
 * @returns A function that puts back exactly what was there: an own property, or none where it was inherited. Hooks that
 *   were installed later must be removed first.
 */
export function installHooks(hooks: readonly Hook[]): () => void {
  const originals = hooks.map(({ object, property, value }) => {
    const original = Object.getOwnPropertyDescriptor(object, property);
    Object.defineProperty(object, property, {
      value,
      configurable: true,
      writable: true,
      enumerable: original?.enumerable ?? true,
    });
    return { object, property, original };
  });
  return () => {
    for (const { object, property, original } of originals.reverse()) {
      if (original) Object.defineProperty(object, property, original);
      else delete (object as Record<PropertyKey, unknown>)[property];
    }
  };
}
