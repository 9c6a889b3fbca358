import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { createSbom, listProductionPackages } from './sbom.js';

const read = (file: string): Promise<string> => readFile(join(REPOSITORY_ROOT, file), 'utf8');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, unknown>>;
}

const { dependencies, overrides } = JSON.parse(await read('package.json')) as Manifest;
// npm takes seconds on a busy machine: module loading has no timeout.
const sbom = await createSbom();

test('the bill of materials has the production packages of the lock file, and no other', async () => {
  const { bomFormat, components, dependencies: edges } = sbom;
  const refs = components.map((component) => component['bom-ref']);
  expect(bomFormat).toBe('CycloneDX');
  expect(refs.sort()).toEqual([...(await listProductionPackages())].sort());
  expect(refs).toEqual(
    expect.arrayContaining(Object.entries(dependencies).map(([name, version]) => `${name}@${version}`)),
  );
  const known = new Set([...refs, 'order-processing@0.1.0']);
  expect(edges.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !known.has(ref))).toEqual(
    [],
  );
});

test('every override has a reason on the contributing page', async () => {
  const page = await read('CONTRIBUTING.md');
  const [, section = ''] = page.split('## Overrides');
  const rows = [...section.matchAll(/^\| `([^`]+)` \| \S.* \|$/gm)].map(([, name]) => name);
  expect(rows).toEqual(Object.keys(overrides));
});
