// TensorFlow.js on its native engine, loaded at the first use of one of its names: importing a module that only mentions
// it costs nothing and changes nothing in the process. TypeScript cannot write such a module with the types of the whole
// of tfjs-node (tensorflow.d.ts), so it is plain JavaScript. `src/runtime/tensorflow.ts` says how the engine is loaded.

const LOADER = Symbol.for('selfsup.engine-loader');

let loader = null;
let engine = null;

function loaded() {
  if (engine === null) {
    if (loader === null) throw new Error('selfsup/engine/tensorflow was used without its loader.');
    engine = loader();
  }
  return engine;
}

module.exports = new Proxy(
  {},
  {
    get(_target, name) {
      // Asked by compiled imports, by await and by printing, which are no use of the engine.
      if (name === '__esModule') return true;
      if (engine === null && (typeof name === 'symbol' || name === 'then')) return undefined;
      return Reflect.get(loaded(), name);
    },
    set(_target, name, value) {
      if (name === LOADER) {
        loader = value;
        return true;
      }
      return Reflect.set(loaded(), name, value);
    },
    has(_target, name) {
      return name === '__esModule' || Reflect.has(loaded(), name);
    },
    ownKeys: () => Reflect.ownKeys(loaded()).filter((name) => name !== '__esModule'),
    getOwnPropertyDescriptor(_target, name) {
      const found = Reflect.getOwnPropertyDescriptor(loaded(), name);
      // A proxy may only report properties as configurable that its own target lacks.
      return found && { ...found, configurable: true };
    },
    defineProperty: (_target, name, descriptor) =>
      Reflect.defineProperty(loaded(), name, descriptor),
  },
);
