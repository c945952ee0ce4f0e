// Loaded before the modules of a command (`node -r`), which a Node before 18 answers with a SyntaxError or a missing module.
// From 18 on it reads them; set-up and "npm run doctor" then say which Node the course needs.
const { engines } = require('../../package.json');
const { supportedRange, unsupportedNode } = require('./supported-node.cjs');

if (Number.parseInt(process.versions.node, 10) < 18) {
  console.error(`\n${unsupportedNode(process.versions.node, supportedRange(engines.node))}`);
  process.exit(1);
}
