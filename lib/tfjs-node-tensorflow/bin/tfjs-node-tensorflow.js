#!/usr/bin/env node
const { runCommand } = require('../dist/command');

runCommand(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
