import { spawnSync } from 'node:child_process';

/** What is compared with. */
export type PythonLibrary = 'tensorflow' | 'pytorch';

/** The Python that has a library; a library that no Python has is missing. */
export type Programs = Readonly<Partial<Record<PythonLibrary, string>>>;

/** Whether a Python can be compared with, or why not. */
export type PythonFound = { readonly version: string } | { readonly missing: string };

/** What is imported, and the names in which a document says the versions. */
const PACKAGES: Record<PythonLibrary, Readonly<Record<string, string>>> = {
  tensorflow: { tensorflow: 'TensorFlow', keras: 'Keras' },
  pytorch: { torch: 'PyTorch' },
};

/** Imports a library with the given Python, as the sides will. */
export function pythonWith(library: PythonLibrary, python: string): PythonFound {
  const modules = Object.keys(PACKAGES[library]);
  const versions = modules.map((name) => `${name}.__version__`).join(', ');
  const { status, stdout, error } = spawnSync(
    python,
    ['-c', `import ${modules.join(', ')}; print(${versions})`],
    { encoding: 'utf8', env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } },
  );
  if (error !== undefined) return { missing: `${python} cannot be run (${error.message})` };
  if (status !== 0) return { missing: `${python} cannot import ${modules[0]}` };
  const found = stdout.trim().split(' ');
  const names = Object.values(PACKAGES[library]);
  return { version: names.map((name, index) => `${name} ${found[index]}`).join(', ') };
}
