#!/usr/bin/env node
import { refuseUsage } from './command-line.mjs';
import { runCourse } from './course/course-run.mjs';
import { chooseNotebooks, notebookNames } from './course/notebook-list.mjs';
import { courseOptions, HELP } from './course/options.mjs';
import { privateRuntime } from './setup/jupyter-runtime.mjs';
import { ensureSetupOrExit } from './setup.mjs';

async function main() {
  const options = courseOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const names = chooseNotebooks(notebookNames(options.notebooks), options.only);
  const { python, env: ordinary } = await ensureSetupOrExit();
  const { env } = privateRuntime(ordinary);
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => {
      // The second time somebody insists: the drivers notice that this process is gone and end their kernels.
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  return runCourse(names, options, { python, env, stream: process.stdout, signal: stop.signal });
}

try {
  process.exitCode = await main();
} catch (error) {
  refuseUsage(error);
}
