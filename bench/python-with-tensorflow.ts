import { spawnSync } from 'node:child_process';

/** Whether a Python can be compared with, or why not. */
export type PythonFound = { readonly version: string } | { readonly missing: string };

/** Imports TensorFlow with the given Python, as the sides will. */
export function pythonWithTensorFlow(python: string): PythonFound {
  const { status, stdout, error } = spawnSync(
    python,
    ['-c', 'import tensorflow, keras; print(tensorflow.__version__, keras.__version__)'],
    { encoding: 'utf8', env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } },
  );
  if (error !== undefined) return { missing: `${python} cannot be run (${error.message})` };
  if (status !== 0) return { missing: `${python} cannot import tensorflow` };
  const [tensorflow, keras] = stdout.trim().split(' ');
  return { version: `TensorFlow ${tensorflow}, Keras ${keras}` };
}
