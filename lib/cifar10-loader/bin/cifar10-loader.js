#!/usr/bin/env node
const { runCommand } = require('../dist');

runCommand(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
