import { join } from 'node:path';

import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Container, PodTemplateSpec } from 'kubernetes-types/core/v1.js';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';

import { generateSecrets } from '../../deploy/k8s/secret-manifests.js';
import { K8S, kustomize, type Manifest } from './kustomize.js';
import type { Pod } from './network-policy.js';

export const ENVIRONMENTS = ['production', 'dev'] as const;
export const PARTS = ['servers', 'provision', 'services'] as const;
export const NAMESPACE = 'shop';

/** The label that an operator sets on its pods, per kind; its value is the name of the manifest. */
const SERVER_LABELS: Readonly<Record<string, string>> = {
  RabbitmqCluster: 'app.kubernetes.io/name',
  Cluster: 'cnpg.io/cluster',
};

/** The fields of a KEDA `ScaledObject` that the tests read. */
export interface ScaledObject extends Manifest {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
    readonly triggers: readonly {
      readonly type: string;
      readonly metadata: { readonly queueName: string };
    }[];
  };
}

/** A Deployment or Job; its pods run the image of this repository. */
export interface Workload {
  readonly name: string;
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly template: PodTemplateSpec;
  readonly container: Container;
}

/** All manifests of an environment, in the order of their application. */
export function loadManifests(environment: string): readonly Manifest[] {
  return PARTS.flatMap((part) => kustomize(join(K8S, 'overlays', environment, part)));
}

export function filterByKind(manifests: readonly Manifest[], kind: 'NetworkPolicy'): readonly NetworkPolicy[];
export function filterByKind(
  manifests: readonly Manifest[],
  kind: 'PodDisruptionBudget',
): readonly PodDisruptionBudget[];
export function filterByKind(manifests: readonly Manifest[], kind: 'ScaledObject'): readonly ScaledObject[];
export function filterByKind(manifests: readonly Manifest[], kind: string): readonly object[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

export function toWorkloads(manifests: readonly Manifest[]): readonly Workload[] {
  return manifests
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map((manifest) => {
      const { spec } = manifest as Deployment | Job;
      const template = spec!.template;
      return {
        name: manifest.metadata.name,
        kind: manifest.kind,
        labels: template.metadata!.labels!,
        template,
        container: template.spec!.containers[0]!,
      };
    });
}

/** The pods of all workloads and servers, and the pods in other namespaces that policies name. */
export function toPods(manifests: readonly Manifest[]): readonly Pod[] {
  const servers = manifests.flatMap(({ kind, metadata: { name } }) => {
    const label = SERVER_LABELS[kind];
    return label === undefined ? [] : [{ name, labels: { [label]: name } }];
  });
  const otherNamespaces = ['ingress-nginx', 'monitoring', 'keda', 'rabbitmq-system', 'cnpg-system'];
  return [
    ...[...toWorkloads(manifests), ...servers].map(({ name, labels }) => ({
      name,
      labels,
      namespace: NAMESPACE,
    })),
    ...otherNamespaces.map((name) => ({ name, labels: {}, namespace: name })),
    { name: 'dns', labels: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system' },
  ];
}

/**
 * The environment variables of a workload. A variable `X_FILE` that names a file of a Secret becomes `X` with its content,
 * except `…_ACCESS_JWKS_FILE`: the service reads that file itself.
 *
 * @throws Error if the Secret lacks the file
 */
export function readVariables({ container, template }: Workload): Record<string, string> {
  const secrets = generateSecrets();
  const variables = (container.env ?? []).map(({ name, value = '' }) => {
    const mount = container.volumeMounts?.find(({ mountPath }) => value.startsWith(`${mountPath}/`));
    const secret = template.spec?.volumes?.find((volume) => volume.name === mount?.name)?.secret?.secretName;
    if (!name.endsWith('_FILE') || secret === undefined) return [name, value];
    const key = value.slice(mount!.mountPath.length + 1);
    const content = secrets.find(({ metadata }) => metadata.name === secret)?.stringData[key];
    if (content === undefined) throw new Error(`${name}: no Secret ${secret} with ${key}`);
    return name.endsWith('_ACCESS_JWKS_FILE') ? [name, value] : [name.slice(0, -'_FILE'.length), content];
  });
  return Object.fromEntries(variables) as Record<string, string>;
}
