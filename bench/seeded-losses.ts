/**
 * Whether a change of the code changes results: trains each method for some seeded steps, compiled and in float32, on data
 * generated from a seed, and prints every loss with its bits.
 *
 *   npx ts-node --transpile-only bench/seeded-losses.ts [--out FILE] [--compare FILE]
 *
 * It runs the compiled library: `npm run build` first. `--out` before a refactoring and `--compare` after it say whether
 * every bit is the same; if not, the first method and step that differ are named and the exit code is 1. Bits are comparable
 * on one machine only: the same processor, TensorFlow and number of threads.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  digestOf,
  firstDifference,
  type LossRecord,
  parseLossRecord,
  recordedLoss,
} from './loss-record';
import { describeHardware } from './machine';
import { OptionError } from './options';
import { METHODS } from './seeded-methods';
import { engineName } from './sides/engine-name';

const HELP = `npx ts-node --transpile-only bench/seeded-losses.ts [options]

Trains SimCLR, MoCo, two towers, a masked language model, a fine-tuned classifier and a linear probe for some seeded steps
and prints each loss with its bits. It runs the compiled library: npm run build comes first.

  --out FILE       write the losses as JSON
  --compare FILE   compare with such a file; exit code 1 names the first method and step that differ
  --help           this text

Bits are comparable on one machine only: the same processor, TensorFlow and number of threads.`;

/** What the bits depend on besides the code. */
function machineName(): string {
  const settings = Object.entries(process.env)
    .filter(([name]) => /^(TF_ENABLE_ONEDNN|TF_NUM|ONEDNN|DNNL|OMP)_/.test(name))
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  const { processor, cores } = describeHardware();
  return [processor, `${cores} cores`, engineName(), ...settings].join(', ');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      compare: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(HELP);
  // Read before the training, so that a wrong name costs no time.
  const before =
    values.compare && parseLossRecord(values.compare, readFileSync(values.compare, 'utf8'));
  const machine = machineName();
  const methods: Record<string, LossRecord['methods'][string]> = {};
  for (const [method, losses] of Object.entries(METHODS)) {
    const recorded = (await losses()).map(recordedLoss);
    methods[method] = recorded;
    console.log(method);
    for (const [i, { loss, bits }] of recorded.entries()) {
      console.log(`${String(i + 1).padStart(4)}  ${loss.toPrecision(9).padEnd(12)}  ${bits}`);
    }
  }
  const record = { machine, methods };
  console.log(`${machine}\ndigest ${digestOf(record)}`);
  if (values.out) writeFileSync(values.out, `${JSON.stringify(record, null, 2)}\n`);
  if (!before) return;
  if (before.machine !== machine) {
    console.warn(
      `${values.compare} comes from ${before.machine}: other bits may mean no more than that.`,
    );
  }
  const difference = firstDifference(before, record);
  console.log(difference ?? `Equal to ${values.compare}, to the last bit.`);
  if (difference !== null) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof OptionError ? error.message : error);
  process.exitCode = 1;
});
