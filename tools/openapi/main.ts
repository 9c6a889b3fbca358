import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { OpenApiDocument } from '#http';
import type { ProcessName } from '../client/api-types.js';
import { ignoreClosedOutput } from '../terminal/closed-output.js';
import { buildClientTypes, clientTypesFile } from './client-types.js';
import { describedProcesses, describeService } from './described-services.js';
import { findBreakingChanges } from './find-breaking-changes.js';
import { buildErrorPage, errorPages } from './error-page.js';

ignoreClosedOutput();
const { values } = parseArgs({ options: { release: { type: 'boolean', default: false } } });

/**
 * Writes `docs/reference/openapi/<service>.json` and the types of its clients for each service, and the page of error types.
 * Run it in the repository's root; specs compare the files.
 * `--release` also records the documents as released, unless a change breaks a client of the released ones.
 */
for (const process of describedProcesses) {
  const document = JSON.stringify(describeService(process), null, 2);
  await write(`docs/reference/openapi/${process}.json`, `${document}\n`);
  if (values.release) await release(process);
  await write(clientTypesFile(process), await buildClientTypes(process));
}
await write(errorPages.en, buildErrorPage('en'));
await write(errorPages.zh, buildErrorPage('zh'));

async function release(process: ProcessName): Promise<void> {
  const file = `tools/openapi/released/${process}.json`;
  const current = describeService(process);
  const broken = findBreakingChanges(JSON.parse(await readFile(file, 'utf8')) as OpenApiDocument, current);
  if (broken.length > 0) throw new Error(broken.join('\n'));
  await write(file, `${JSON.stringify(current, null, 2)}\n`);
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  console.log(file);
}
