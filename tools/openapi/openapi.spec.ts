import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { OpenApiDocument } from '#http';
import { buildClientTypes, clientTypesFile } from './client-types.js';
import { describedProcesses, describeOperations, describeService } from './described-services.js';
import { findBreakingChanges } from './find-breaking-changes.js';

interface Finding {
  readonly ruleId: string;
  readonly message: string;
  readonly location: readonly { readonly pointer: string }[];
}

const root = path.join(import.meta.dirname, '../..');

describe.each(describedProcesses)('the OpenAPI document of %s', (name) => {
  const file = path.join(root, `docs/reference/openapi/${name}.json`);
  const read = (): Promise<string> => readFile(file, 'utf8');

  test('equals the handlers (npm run docs:openapi writes it)', async () => {
    expect(JSON.parse(await read())).toEqual(JSON.parse(JSON.stringify(describeService(name))));
  });

  test('passes the recommended rules of Redocly', { timeout: 60_000 }, async () => {
    const cli = path.join(root, 'node_modules/@redocly/cli/bin/cli.js');
    // Without the variables the program reports its use and looks for a newer version.
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const args = [cli, 'lint', file, '--extends', 'recommended', '--format', 'json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: root }).catch(
      (error: { readonly stdout: string }) => error,
    );
    const { problems } = JSON.parse(stdout) as { readonly problems: readonly Finding[] };
    const found = problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]);
    expect(found).toEqual([]);
  });

  test('breaks no client of the released document (npm run docs:openapi -- --release records it)', async () => {
    const released = await readFile(path.join(root, `tools/openapi/released/${name}.json`), 'utf8');
    const current = JSON.parse(JSON.stringify(describeService(name))) as OpenApiDocument;
    expect(findBreakingChanges(JSON.parse(released) as OpenApiDocument, current)).toEqual([]);
  });

  test('has the types of the clients (npm run docs:openapi writes them)', async () => {
    const types = await readFile(path.join(root, clientTypesFile(name)), 'utf8');
    expect(types).toBe(await buildClientTypes(name));
  });

  test('has an operationId once', () => {
    const ids = describeOperations(name).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(5);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has an example of every answer that its schema accepts', () => {
    for (const { id, answers } of describeOperations(name)) {
      for (const { schema, example } of Object.values(answers)) {
        expect(schema?.safeParse(example).error?.issues ?? [], id).toEqual([]);
      }
    }
  });

  test('has only patterns that Python, Java and Go accept', async () => {
    expect(await read()).not.toContain('\\\\p{');
  });
});
