import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

import { loadAll } from 'js-yaml';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

interface Kustomization {
  readonly namespace?: string;
  readonly resources?: readonly string[];
  readonly patches?: readonly {
    readonly path: string;
    readonly target: { readonly kind: string; readonly name?: string; readonly labelSelector?: string };
  }[];
  readonly images?: readonly { readonly name: string; readonly newName?: string; readonly newTag?: string }[];
}

export const K8S = join(REPOSITORY_ROOT, 'deploy', 'k8s');

/** Every file that `kustomize` has read, as a path below `deploy/k8s`. */
export const readFiles = new Set<string>();

/**
 * The manifests that `kubectl kustomize` builds from a folder. Supports `resources` (files and folders), `namespace`,
 * strategic merge `patches` with a target, and `images`.
 *
 * @throws Error for any other field of a kustomization, and for a patch without a target in the manifests
 */
export function kustomize(folder: string): readonly Manifest[] {
  const {
    namespace,
    resources = [],
    patches = [],
    images = [],
    ...rest
  } = loadYaml<Kustomization>(join(folder, 'kustomization.yaml'))[0]!;
  const unknown = Object.keys(rest).filter((key) => !['apiVersion', 'kind'].includes(key));
  if (unknown.length > 0) throw new Error(`${folder}: kustomize() does not support ${unknown.join(', ')}`);
  let manifests = resources.flatMap((resource) => {
    const path = join(folder, resource);
    return statSync(path).isDirectory() ? kustomize(path) : loadYaml<Manifest>(path);
  });
  for (const { path, target } of patches) {
    const [patch] = loadYaml<Manifest>(join(folder, path));
    const chosen = manifests.filter((manifest) => isTarget(manifest, target));
    if (chosen.length === 0) throw new Error(`${folder}: ${path} matches no manifest`);
    const { metadata: _metadata, ...changes } = patch!;
    manifests = manifests.map((each) =>
      chosen.includes(each) ? (mergeStrategically(each, changes, isBuiltIn(each)) as Manifest) : each,
    );
  }
  return manifests.map((each) => setNamespace(replaceImages(each, images) as Manifest, namespace));
}

/** All documents of a YAML file. */
export function loadYaml<Document>(path: string): Document[] {
  readFiles.add(relative(K8S, path));
  return loadAll(readFileSync(path, 'utf8')) as Document[];
}

/** All YAML files, as sorted paths below `deploy/k8s`. */
export function listFiles(): string[] {
  const files = readdirSync(K8S, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.yaml')).sort();
}

function isTarget(
  { kind, metadata }: Manifest,
  target: { readonly kind: string; readonly name?: string; readonly labelSelector?: string },
): boolean {
  const [label, value] = target.labelSelector?.split('=') ?? [];
  return (
    kind === target.kind &&
    (target.name === undefined || metadata.name === target.name) &&
    (label === undefined || metadata.labels?.[label] === value)
  );
}

/** Whether lists are merged: Kubernetes replaces the lists of custom resources, which have no merge keys. */
function isBuiltIn({ apiVersion }: Manifest): boolean {
  return !/^(?:keda\.sh|postgresql\.cnpg\.io|rabbitmq\.com)\//.test(apiVersion);
}

/** The key that identifies an element of a list which Kubernetes merges. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  env: 'name',
  ports: 'containerPort',
  volumes: 'name',
  volumeMounts: 'mountPath',
};

type Fields = Readonly<Record<string, unknown>>;

function mergeStrategically(into: unknown, change: unknown, byKey: boolean, key?: string): unknown {
  if (Array.isArray(into) && Array.isArray(change)) {
    const by = byKey && key !== undefined ? MERGE_KEYS[key] : undefined;
    return by === undefined ? (change as unknown) : mergeLists(into as Fields[], change as Fields[], by);
  }
  if (!isObject(into) || !isObject(change)) return change;
  const result: Record<string, unknown> = { ...into };
  for (const [name, value] of Object.entries(change))
    result[name] = name in into ? mergeStrategically(into[name], value, byKey, name) : value;
  return result;
}

function mergeLists(into: readonly Fields[], change: readonly Fields[], by: string): readonly unknown[] {
  const counterpart = (of: Fields, among: readonly Fields[]): Fields | undefined =>
    among.find((each) => each[by] === of[by]);
  const kept = into.map((each) => {
    const other = counterpart(each, change);
    return other ? mergeStrategically(each, other, true) : each;
  });
  return [...kept, ...change.filter((each) => !counterpart(each, into))];
}

function replaceImages(value: unknown, images: NonNullable<Kustomization['images']>, key?: string): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => replaceImages(each, images));
  if (key === 'image' && typeof value === 'string') {
    const image = images.find(({ name }) => value === name || value.startsWith(`${name}:`));
    return image ? `${image.newName ?? image.name}:${image.newTag ?? 'latest'}` : value;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, replaceImages(each, images, name)]),
  );
}

function setNamespace(manifest: Manifest, namespace: string | undefined): Manifest {
  if (namespace === undefined || manifest.kind === 'Namespace') return manifest;
  return { ...manifest, metadata: { ...manifest.metadata, namespace } };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
