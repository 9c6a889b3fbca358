import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The root of this clone: the nearest parent folder with a package.json, from the sources and from `dist` alike. */
export const REPOSITORY_ROOT = findPackageRoot(import.meta.dirname);

function findPackageRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findPackageRoot(dirname(folder));
}
