import type { CompilerMessage } from './cell-compiler';

/** The compiler refuses a cell. */
export class CompilerRefusal extends Error {
  override readonly name = 'TypeScriptError';

  constructor(readonly messages: readonly CompilerMessage[]) {
    super(
      messages
        .map(
          ({ file, line, column, text }) => `${file ? `${file} ` : ''}${line}:${column} - ${text}`,
        )
        .join('\n'),
    );
  }
}

/** An interrupt ended a cell. */
export class Interruption extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super(
      'this cell was given up. Variables of the cells before it are kept; ' +
        'work it had begun may go on until it is done.',
    );
  }
}

/** Whatever a cell threw: not only errors are thrown. */
export class Thrown {
  constructor(readonly value: unknown) {}
}
