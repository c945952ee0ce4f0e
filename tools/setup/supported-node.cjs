// CommonJS without newer syntax, since a Node that is too old for the course has to run it.

/**
 * @param {string} range `engines.node` of package.json, of the form `>=20 <27`
 * @returns {{ from: number, to: number }} the first and the last major version
 */
function supportedRange(range) {
  const parts = /^>=(\d+) <(\d+)$/.exec(range);
  if (parts === null) {
    throw new Error(
      `engines.node in package.json is "${range}"; expected the form ">=20 <27", write it so.`,
    );
  }
  return { from: Number(parts[1]), to: Number(parts[2]) - 1 };
}

/**
 * @param {string} version of the Node that runs
 * @param {{ from: number, to: number }} supported
 */
function unsupportedNode(version, supported) {
  return (
    `This is Node ${version}, and the course runs on Node ${supported.from} to ${supported.to}; install Node 22 ` +
    '(nodejs.org, or "nvm install 22"), then run "npm run setup" again.'
  );
}

module.exports = { supportedRange, unsupportedNode };
