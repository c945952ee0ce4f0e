import { join } from 'node:path';

/** The program and the TensorFlow it runs on, for the result. */
export function engineName(): string {
  const binding = join(
    require.resolve('@tensorflow/tfjs-node/package.json'),
    '../lib/napi-v8/tfjs_binding.node',
  );
  const { TF_Version } = require(binding) as { TF_Version: string };
  return `Node ${process.versions.node}, TensorFlow ${TF_Version}`;
}
