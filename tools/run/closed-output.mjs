/**
 * Lets the process end silently when a reader of its output ends first, as in `… | head -1`. Programs in TypeScript use
 * tools/terminal/closed-output.ts.
 */
export function ignoreClosedOutput() {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
