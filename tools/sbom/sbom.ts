import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '../client/repository-root.js';

/** A CycloneDX document, as far as this program reads it. */
export interface Sbom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly 'bom-ref': string } };
  readonly components: readonly { readonly 'bom-ref': string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly name?: string;
  readonly version: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

const FOLDER = 'node_modules/';

/** The packages of the lock file that the services run with, as `name@version`. */
export async function listProductionPackages(): Promise<Set<string>> {
  const lock = JSON.parse(await readFile(join(REPOSITORY_ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const found = Object.entries(lock.packages).flatMap(([path, { name, version, dev, devOptional }]) =>
    path === '' || dev || devOptional
      ? []
      : [`${name ?? path.slice(path.lastIndexOf(FOLDER) + FOLDER.length)}@${version}`],
  );
  return new Set(found);
}

/**
 * The bill of materials of the services: the production packages of the lock file, without network access.
 * `npm sbom --omit dev` also omits production packages that a development package needs, so it lists all, and the flags of
 * the lock file select.
 */
export async function createSbom(): Promise<Sbom> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--offline'];
  const { stdout } = await promisify(execFile)('npm', args, {
    cwd: REPOSITORY_ROOT,
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  const all = JSON.parse(stdout) as Sbom;
  const production = await listProductionPackages();
  const root = all.metadata.component['bom-ref'];
  const isIncluded = (ref: string): boolean => ref === root || production.has(ref);
  return {
    ...all,
    components: all.components.filter((component) => isIncluded(component['bom-ref'])),
    dependencies: all.dependencies
      .filter(({ ref }) => isIncluded(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isIncluded) })),
  };
}
