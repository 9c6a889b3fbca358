import { writeFile } from 'node:fs/promises';
import { ignoreClosedOutput } from '../terminal/closed-output.js';
import { describedProcesses, describeService } from './described-services.js';
import { buildErrorPage, errorPages } from './error-page.js';

ignoreClosedOutput();
/**
 * Writes `docs/reference/openapi/<service>.json` for each service, and the page of error types. Run it in the repository's
 * root; specs compare the files.
 */
for (const process of describedProcesses) {
  const document = JSON.stringify(describeService(process), null, 2);
  await write(`docs/reference/openapi/${process}.json`, `${document}\n`);
}
await write(errorPages.en, buildErrorPage('en'));
await write(errorPages.zh, buildErrorPage('zh'));

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  console.log(file);
}
