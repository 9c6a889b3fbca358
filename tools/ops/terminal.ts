/** The input and output of a command. */
export interface Terminal {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Replaces the current line; undefined when standard error is not a terminal. */
  readonly draw: ((line: string) => unknown) | undefined;
  /** Columns of a table; infinite when standard output is not a terminal. */
  readonly width: number;
  /** Calls `listener` on Ctrl-C instead of ending the process. @returns a function that removes the listener */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** The command is refused; the message is for the operator. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    message: string,
    /** 1: refused, or a check failed. 2: invalid arguments, or a server is unavailable. */
    readonly exitCode: 1 | 2 = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
