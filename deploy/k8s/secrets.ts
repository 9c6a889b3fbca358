import { parseArgs } from 'node:util';

import { ignoreClosedOutput } from '../../tools/terminal/closed-output.js';
import { generateSecrets } from './secret-manifests.js';

const usage = `npm run -s k8s:secrets | kubectl create -f -

Prints every Secret of the shop with new passwords. Use create, which never overwrites an existing Secret. The passwords
are not stored on this machine.

Exit code: 0 printed; 2 invalid arguments.
`;

ignoreClosedOutput();
try {
  const { help } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values;
  const list = { apiVersion: 'v1', kind: 'List', items: help ? [] : generateSecrets() };
  process.stdout.write(help ? usage : `${JSON.stringify(list, null, 2)}\n`);
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`);
  process.exitCode = 2;
}
