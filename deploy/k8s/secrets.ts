import { generateSecrets } from './secret-manifests.js';

/**
 * Prints every Secret of the shop, with new passwords, once: `npm run -s k8s:secrets | kubectl create -f -`. Use
 * `create`, which leaves alone what is there already; nothing is kept here.
 */
console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: generateSecrets() }, null, 2));
