// storage.cjs OPERATION OBSTACLE FOLDER ROOM URL SHA256 ARCHIVE: does one thing that writes into a folder where it meets an
// obstacle, then again without it, and prints as JSON what came of it.
const fs = require('node:fs');
const { join } = require('node:path');

const [, , operation, obstacle, folder, room, url, sha256, archive] = process.argv;

const OPERATIONS = {
  checkpoint: {
    error: () => require('selfsup').CheckpointError,
    target: 'run.safetensors',
    run: (value = 1) => {
      const state = '../../../lib/selfsup/dist/training/files/state-file.js';
      const values = new Float32Array(20_000).fill(value);
      const tensors = [{ name: 'w', dtype: 'F32', shape: [values.length], values }];
      const file = join(folder, 'run.safetensors');
      return require(state).writeStateFile(file, 'selfsup-checkpoint', { tensors, metadata: {} });
    },
    assertWhole: () => {
      const state = '../../../lib/selfsup/dist/training/files/state-file.js';
      return require(state).readStateFile(join(folder, 'run.safetensors'), 'selfsup-checkpoint');
    },
  },
  download: {
    error: () => require('verified-download').VerifiedDownloadError,
    target: 'data.bin',
    run: () =>
      require('verified-download').downloadFile({ url, sha256 }, join(folder, 'data.bin'), {
        retryDelay: 2,
      }),
  },
  unpacking: {
    error: () => require('verified-download').VerifiedDownloadError,
    target: 'unpacked',
    run: () => require('verified-download').unpackArchive(archive, join(folder, 'unpacked')),
  },
  emoji: {
    error: () =>
      require('../../../lib/selfsup-course/dist/data/image-data-error.js').ImageDataError,
    target: 'emoji',
    run: () => require('selfsup-course').loadEmoji({ dataDir: folder, concepts: 30, size: 32 }),
  },
};

const { error: kind, target, run, assertWhole } = OPERATIONS[operation];

/** Fills the disk but for `room` KB. */
function fill() {
  const filler = fs.openSync(join(folder, 'filler'), 'w');
  for (const size of [65_536, 4096, 512, 1]) {
    const block = Buffer.alloc(size, 1);
    try {
      for (;;) fs.writeSync(filler, block);
    } catch {}
  }
  const size = fs.fstatSync(filler).size;
  fs.ftruncateSync(filler, Math.max(0, size - 1024 * Number(room)));
  fs.closeSync(filler);
}

const PREPARATIONS = {
  'full disk': fill,
  'limit of size': () => {},
  'read-only folder': () => {},
  'folder of that name': () => fs.mkdirSync(join(folder, target, 'x'), { recursive: true }),
  'file in place of the folder': () => {
    fs.rmSync(folder, { recursive: true });
    fs.writeFileSync(folder, 'a file');
  },
  'link to nowhere': () => fs.symlinkSync('/nowhere/at/all', join(folder, target)),
};
const REMOVALS = {
  'full disk': () => fs.rmSync(join(folder, 'filler')),
  'folder of that name': () => fs.rmSync(join(folder, target), { recursive: true }),
  'file in place of the folder': () => {
    fs.rmSync(folder, { recursive: true });
    fs.mkdirSync(folder);
  },
  'link to nowhere': () => fs.rmSync(join(folder, target), { recursive: true, force: true }),
};

async function attempt() {
  try {
    await run(2);
    return { ok: true };
  } catch (error) {
    const { name, message } = error ?? {};
    return { ok: false, expected: error instanceof kind(), name, message };
  }
}

const names = () => {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
};

(async () => {
  const told = {};
  // An older state that must survive.
  const older = assertWhole !== undefined && ['full disk', 'limit of size'].includes(obstacle);
  if (older && obstacle === 'full disk') await run(1);
  PREPARATIONS[obstacle]();
  told.first = await attempt();
  // What was downloaded is kept for the next try.
  const kept = [target, 'filler', 'data.bin.part', 'data.bin.part.json'];
  // What stood where a folder goes is moved aside, not lost.
  if (['folder of that name', 'link to nowhere'].includes(obstacle))
    kept.push(`${target}.incomplete`);
  told.left = names().filter((name) => !kept.includes(name));
  if (obstacle === 'folder of that name') {
    const places = [target, `${target}.incomplete`];
    if (!places.some((place) => fs.existsSync(join(folder, place, 'x')))) {
      told.lost = 'what was in the folder of that name is gone';
    }
  }
  if (older && fs.existsSync(join(folder, target))) {
    await assertWhole().catch((error) => {
      told.lost = error.message;
    });
  }
  if (REMOVALS[obstacle] !== undefined) {
    REMOVALS[obstacle]();
    told.second = await attempt();
  }
  console.log(JSON.stringify(told));
})();
