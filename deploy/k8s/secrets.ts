import { generateSecrets } from './secret-manifests.js';

// Prints every Secret of the shop with new passwords: `npm run -s k8s:secrets | kubectl create -f -`. Use `create`, which
// never overwrites an existing Secret. The passwords are not stored on this machine.
console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: generateSecrets() }, null, 2));
