import { writeFile } from 'node:fs/promises';
import { ignoreClosedOutput } from '../terminal/closed-output.js';
import { describedProcesses, describeService } from './described-services.js';

ignoreClosedOutput();
/** Writes `docs/reference/openapi/<service>.json` for each service. Run it in the repository's root; a spec compares them. */
for (const process of describedProcesses) {
  const file = `docs/reference/openapi/${process}.json`;
  await writeFile(file, `${JSON.stringify(describeService(process), null, 2)}\n`);
  console.log(file);
}
