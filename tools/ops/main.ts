import { ignoreClosedOutput } from '../terminal/closed-output.js';
import { runOps } from './cli.js';

ignoreClosedOutput();

/** `npm run ops`: the command line for operators. */
process.exitCode = await runOps(process.argv.slice(2), process.env, {
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
  draw: process.stderr.isTTY ? (line) => process.stderr.write(`\r\u001b[2K${line}`) : undefined,
  width: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
  onInterrupt: (listener) => {
    process.once('SIGINT', listener);
    return () => process.off('SIGINT', listener);
  },
});
