#!/usr/bin/env node
import { runTypeScript } from './run-typescript.mjs';

await runTypeScript('../studies/runner/run.ts');
