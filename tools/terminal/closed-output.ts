/**
 * Lets the process end silently with its own exit code when a reader of its output ends first, as in `ops … | head -1`.
 * After EPIPE, further output is discarded; any other error of an output still ends the process.
 */
export function ignoreClosedOutput(): void {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
