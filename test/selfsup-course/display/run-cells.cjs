// Runs notebook cells in tslab's own executor and prints what the kernel would send, as JSON. Arguments: the cells.
// The cell `INTERRUPT` sends the process an interrupt while the cell after it runs.
const path = require('node:path');
const tslab = path.dirname(require.resolve('tslab/package.json'));
const { createConverter } = require(`${tslab}/dist/converter`);
const { createExecutor } = require(`${tslab}/dist/executor`);
const { JupyterHandlerImpl } = require(`${tslab}/dist/jupyter`);

const print = process.stdout.write.bind(process.stdout);
const converter = createConverter({ isJS: false, isBrowser: false });
const executor = createExecutor(
  process.cwd(),
  { node: converter, close: () => converter.close() },
  {
    log: console.log,
    error: console.error,
  },
);
const kernel = new JupyterHandlerImpl(executor, false);
process.on('SIGINT', () => executor.interrupt());

(async () => {
  const sent = [];
  let interrupt = false;
  for (const code of process.argv.slice(2)) {
    if (code === 'INTERRUPT') {
      interrupt = true;
      continue;
    }
    if (interrupt) setTimeout(() => process.kill(process.pid, 'SIGINT'), 500);
    interrupt = false;
    const outputs = [];
    const { status } = await kernel.handleExecute(
      { code },
      (stream, text) => outputs.push({ stream, text }),
      (content, update = false) => outputs.push({ ...content, update }),
    );
    sent.push({ status, outputs });
    // After an error, tslab refuses cells for 200 ms.
    if (status !== 'ok') await new Promise((resolve) => setTimeout(resolve, 400));
  }
  print(JSON.stringify(sent));
  process.exit(0);
})();
