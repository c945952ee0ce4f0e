// writer.cjs FILE NAME TIMES: writes whole states into one file, as a checkpoint is written, each with its digest.
const { createHash } = require('node:crypto');
const { replaceFile } = require('../../../lib/selfsup/dist/training/files/replace-file.js');

const [, , file, name, times] = process.argv;

(async () => {
  for (let round = 0; round < Number(times); round++) {
    const body = Buffer.alloc(50_000 + 997 * round, `${name}${round} `);
    const digest = createHash('sha256').update(body).digest();
    await replaceFile(file, Buffer.concat([digest, body]));
  }
})().catch((error) => {
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
});
