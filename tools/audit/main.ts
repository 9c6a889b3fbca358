import { ignoreClosedOutput } from '../terminal/closed-output.js';
import { runAudit } from './cli.js';

ignoreClosedOutput();

// `npm run audit`: checks every invariant against the records of the services.
process.exitCode = await runAudit(process.argv.slice(2), process.env, {
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
});
