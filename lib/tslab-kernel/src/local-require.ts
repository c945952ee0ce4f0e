import Module, { createRequire } from 'node:module';
import path from 'node:path';
import type { LocalModule } from './cell-compiler';

type Require = (id: string) => unknown;

/** A module being made, with what Node's own loader sets and calls. */
interface LoadableModule extends NodeJS.Module {
  _compile(code: string, filename: string): void;
}

interface ModuleInternals {
  _nodeModulePaths(folder: string): string[];
}

/** `require` of cells: packages as from a file in the notebook's folder, tslab itself, and modules compiled by tslab. */
export class LocalRequire {
  private readonly sources = new Map<string, string>();
  private readonly loaded = new Map<string, LoadableModule>();
  /** `require` for cells in the folder. */
  readonly require: NodeJS.Require;

  /** @param tslab what `require('tslab')` returns, obtained when it is asked for */
  constructor(
    folder: string,
    private readonly tslab: () => unknown,
  ) {
    this.require = this.requireFrom(createRequire(path.join(folder, 'cell.js')), folder);
  }

  /** Takes new versions of modules; who imports them next gets these. */
  update(modules: readonly LocalModule[]): void {
    for (const { path: file, data } of modules) {
      this.loaded.delete(path.normalize(file));
      this.sources.set(path.normalize(file), data);
    }
  }

  private requireFrom<R extends Require>(original: R, folder: string): R {
    return new Proxy(original, {
      apply: (_target, receiver, arguments_: [string]) => {
        const [id] = arguments_;
        if (id === 'tslab') return this.tslab();
        const local = typeof id === 'string' ? this.localModule(id, folder) : undefined;
        return local === undefined ? Reflect.apply(original, receiver, arguments_) : local.exports;
      },
    });
  }

  private localModule(id: string, folder: string): NodeJS.Module | undefined {
    let file = path.join(folder, id);
    if (path.extname(file) === '') file += '.js';
    const loaded = this.loaded.get(file);
    if (loaded !== undefined) return loaded;
    const source = this.sources.get(file);
    if (source === undefined) return undefined;
    const fresh = new Module(file, module) as LoadableModule;
    const inFolder = path.dirname(file);
    fresh.filename = file;
    fresh.paths = (Module as unknown as ModuleInternals)._nodeModulePaths(inFolder);
    fresh.require = this.requireFrom(fresh.require.bind(fresh) as NodeJS.Require, inFolder);
    this.loaded.set(file, fresh);
    try {
      fresh._compile(source, file);
    } catch (error) {
      this.loaded.delete(file);
      throw error;
    }
    return fresh;
  }
}
