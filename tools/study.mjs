#!/usr/bin/env node
import { createRequire } from 'node:module';
import { ensureSetupOrExit } from './setup.mjs';

// In this process, so that it ends with npm as the other commands do.
await ensureSetupOrExit();
const require = createRequire(import.meta.url);
require('ts-node/register/transpile-only');
require('../studies/runner/run.ts');
