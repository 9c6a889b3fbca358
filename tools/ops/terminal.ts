/** Where a command speaks to the operator. */
export interface Terminal {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Draws over one line, where there is a terminal to draw on. */
  readonly draw: ((line: string) => unknown) | undefined;
  /** Columns that a table may take. */
  readonly width: number;
  /** Calls `listener` instead of ending the process when the operator presses Ctrl-C. @returns what undoes it */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** The command cannot be carried out as it was given, or not just now; the message is for whoever typed it. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    message: string,
    /** 1: what was asked for is not so. 2: it cannot be asked: misunderstood, or not reachable. */
    readonly exitCode: 1 | 2 = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
