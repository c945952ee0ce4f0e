/**
 * For a command that takes no options: ends it with its help where that is asked for, and refuses anything else. Not by Node's
 * `parseArgs`, which a Node lacks that is too old for the course, and set-up has to say so.
 *
 * @param {string} help
 * @param {string[]} [args]
 */
export function helpOrNothing(help, args = process.argv.slice(2)) {
  const [word] = args;
  if (word === undefined) return;
  if (word === '--help' || word === '-h') {
    console.log(help);
    process.exit(0);
  }
  console.error(`"${word}" is one word too many.\n\n${help}`);
  process.exit(2);
}
