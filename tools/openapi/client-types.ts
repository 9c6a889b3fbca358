import openapiTS, { astToString } from 'openapi-typescript';
import type { ProcessName } from '../client/api-types.js';
import { describeService } from './described-services.js';

/** The file of the types that clients of a process use. */
export function clientTypesFile(process: ProcessName): string {
  return `tools/client/generated/${process}.ts`;
}

/** The types of paths, operations and schemas of a process, as TypeScript. */
export async function buildClientTypes(process: ProcessName): Promise<string> {
  // The program resolves references inside the document that it gets, so it gets a copy.
  const document = JSON.parse(JSON.stringify(describeService(process))) as never;
  const types = astToString(await openapiTS(document, { immutable: true }));
  return `// Generated from docs/reference/openapi/${process}.json by npm run docs:openapi.\n${types}`;
}
