/** A step of set-up cannot go on. The message is one sentence for the user, with the command that fixes it. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}

/** What to tell the user when a command of `task` failed with this output: full disk, no network, wrong hash, or as is. */
export function explainFailure(task, output, logFile) {
  if (/ENOSPC|No space left on device|not enough space on the disk/i.test(output)) {
    return new SetupError(
      `${task} ran out of disk space; free some (the course needs about 3 GB), then run "npm run setup" again.`,
    );
  }
  if (/DO NOT MATCH THE HASHES|EINTEGRITY|integrity checksum failed/i.test(output)) {
    return new SetupError(
      `${task} got a file whose hash is not the pinned one, and threw it away; run "npm run setup" again, ` +
        'and if it happens twice, look for a proxy or mirror that alters downloads.',
    );
  }
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|Temporary failure in name resolution|NewConnectionError|Network is unreachable|ConnectTimeout|Connection refused|ProxyError|nodename nor servname/i.test(
      output,
    )
  ) {
    return new SetupError(
      `${task} could not reach the package registry; check the network (or set HTTPS_PROXY), then run "npm run setup" again.`,
    );
  }
  return new SetupError(
    `${task} failed (${causeIn(output)}); the whole output is in ${logFile}, and "npm run setup" tries again.`,
  );
}

/** The line of an output that says what went wrong: its first error, else its last words. */
function causeIn(output) {
  const lines = output
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const cause =
    lines.find((line) => /error/i.test(line) && !/^npm error code/.test(line)) ?? lines.at(-1);
  return (cause ?? 'it said nothing').slice(0, 300);
}
