#!/usr/bin/env node
require('../dist/command').runCommand(process.argv.slice(2));
