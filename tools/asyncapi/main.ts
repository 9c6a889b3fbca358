import { readFile, writeFile } from 'node:fs/promises';
import { eventContracts, services, subscriptions } from '#contracts';
import { ignoreClosedOutput } from '../terminal/closed-output.js';
import { buildAsyncApi } from './asyncapi.js';

ignoreClosedOutput();
/** Writes `docs/reference/asyncapi/<service>.json` for each service. Run it in the repository's root; a spec compares the files. */
const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
for (const service of services) {
  const contracts = Object.values(eventContracts);
  const file = `docs/reference/asyncapi/${service}.json`;
  const document = buildAsyncApi({ service, contracts, subscriptions, version });
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
  console.log(file);
}
