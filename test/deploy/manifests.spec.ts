import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadAll } from 'js-yaml';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { loadConfig } from '#config';
import { services, subscriptions } from '#contracts';

import { gatewayVariables } from '../../apps/gateway-simulator/src/config.js';
import { loadSources } from '../../tools/audit/config.js';
import { generateSecrets } from '../../deploy/k8s/secret-manifests.js';
import { loadOpsConfig } from '../../tools/ops/config.js';
import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import { loadPlan } from '../../tools/provision/plan.js';
import {
  ENVIRONMENTS,
  readVariables,
  loadManifests,
  filterByKind,
  PARTS,
  type Workload,
  toWorkloads,
} from './load-manifests.js';
import { listFiles, K8S, kustomize, type Manifest, readFiles } from './kustomize.js';
import { selects } from './network-policy.js';
import { isTyped, findTypeErrors } from './type-errors.js';

const hasKubectl = ((): boolean => {
  try {
    return execFileSync('kubectl', ['version', '--client'], { stdio: 'pipe' }).length > 0;
  } catch {
    return false;
  }
})();

/** The configuration of a service, as far as its manifest must agree with it. */
interface LoadedConfig {
  readonly httpPort: number;
  readonly shutdownTimeoutMs: number;
  readonly partitions?: number;
}

const configLoaders: Readonly<Record<string, () => Promise<LoadedConfig>>> = {
  order: async () => (await import('../../apps/order/src/config.js')).config,
  inventory: async () => (await import('../../apps/inventory/src/config.js')).config,
  payment: async () => (await import('../../apps/payment/src/config.js')).config,
  'gateway-simulator': async () => loadConfig('GATEWAY', gatewayVariables),
};

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** Loads the configuration of a service from the variables in its manifest, like the service at startup. */
async function loadServiceConfig(workload: Workload): Promise<LoadedConfig> {
  for (const [name, value] of Object.entries(readVariables(workload))) vi.stubEnv(name, value);
  return configLoaders[workload.name]!();
}

test('every file belongs to an environment', () => {
  ENVIRONMENTS.forEach(loadManifests);
  expect(listFiles().filter((file) => !readFiles.has(file))).toEqual([]);
});

test('every Secret is generated or from an operator', () => {
  const manifests = ENVIRONMENTS.flatMap(loadManifests);
  expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  const text = JSON.stringify(manifests);
  const named = [
    ...text.matchAll(
      /"(?:secretName|externalSecret|secret|superuserSecret|secretTargetRef)":(?:"([\w-]+)"|\{"name":"([\w-]+)"\})/g,
    ),
    ...text.matchAll(/"parameter":"host","name":"([\w-]+)"/g),
  ].map(([, one, other]) => one ?? other);
  const made = generateSecrets().map(({ metadata }) => metadata.name);
  const missing = new Set(named.filter((name) => !made.includes(name!)));
  // The PostgreSQL operator makes the CA Secrets; the issuer of certificates, like cert-manager, makes the one of the Ingress.
  expect(missing).toEqual(
    new Set(['shop-example-tls', ...services.map((service) => `${service}-postgres-ca`)]),
  );
  expect(made.filter((name) => !named.includes(name))).toEqual([]);
});

// One compilation for all manifests: the compiler takes about a second to start.
test('every built-in manifest matches the Kubernetes API', { timeout: 60_000 }, () => {
  const manifests = ENVIRONMENTS.flatMap(loadManifests);
  expect(findTypeErrors(manifests.filter(isTyped))).toEqual([]);
  const others = new Set(manifests.filter((manifest) => !isTyped(manifest)).map(({ kind }) => kind));
  expect([...others].sort()).toEqual(['Cluster', 'RabbitmqCluster', 'ScaledObject', 'TriggerAuthentication']);
});

describe.each(ENVIRONMENTS)('%s', (environment) => {
  const manifests = loadManifests(environment);
  const workloads = toWorkloads(manifests);
  const deployments = workloads.filter(({ kind }) => kind === 'Deployment');
  /** The Deployments with an HTTP server; `ops` has none. */
  const serving = deployments.filter(({ name }) => name !== 'ops');

  test.skipIf(!hasKubectl)('kubectl kustomize builds the same manifests', { timeout: 60_000 }, () => {
    for (const part of PARTS) {
      const folder = join(K8S, 'overlays', environment, part);
      const made = loadAll(
        execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8' }),
      ) as Manifest[];
      expect(sortManifests(kustomize(folder))).toEqual(sortManifests(made));
    }
  });

  test.each(serving)('$name has a valid configuration, port and grace period', async (workload) => {
    const { httpPort, shutdownTimeoutMs } = await loadServiceConfig(workload);
    const { container, template } = workload;
    expect(container.ports?.map(({ containerPort }) => containerPort)).toEqual([httpPort]);
    const waitMs = (container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1_000;
    expect(template.spec!.terminationGracePeriodSeconds! * 1_000).toBeGreaterThanOrEqual(
      waitMs + shutdownTimeoutMs + 5_000,
    );
  });

  test('the provisioner has every database and broker user', () => {
    const job = workloads.find(({ name }) => name === 'provision')!;
    const { databaseServers, users, management } = loadPlan(readVariables(job));
    expect(databaseServers.map(({ databases }) => databases.map(({ database }) => database))).toEqual(
      services.map((service) => [service]),
    );
    expect(users.map(({ credentials }) => credentials.name).sort()).toEqual(
      [...services, 'operator', 'provisioner'].sort(),
    );
    expect(management?.user).toBe('administrator');
  });

  test('every URL names a mounted CA certificate', () => {
    const violations = workloads.flatMap((workload) =>
      Object.entries(readVariables(workload)).flatMap(([variable, value]) => {
        const [, file] = /sslrootcert=(.*)\/ca\.crt/.exec(value) ?? [];
        const mounts = workload.container.volumeMounts?.map(({ mountPath }) => mountPath);
        return file === undefined || mounts?.includes(file) ? [] : [`${workload.name}: ${variable}`];
      }),
    );
    expect(violations).toEqual([]);
  });

  test('ops has the URLs of ops and the auditor', () => {
    const env = readVariables(workloads.find(({ name }) => name === 'ops')!);
    expect(() => loadOpsConfig(env)).not.toThrow();
    expect(() => loadSources(env)).not.toThrow();
  });

  test('every workload has the restricted security context', () => {
    const violations = workloads.flatMap(({ name, template, container }) => {
      const spec = template.spec!;
      const { runAsNonRoot, runAsUser = 0, seccompProfile } = spec.securityContext ?? {};
      const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } =
        container.securityContext ?? {};
      const rules = {
        'one container': spec.containers.length === 1,
        'not root': runAsNonRoot === true && runAsUser > 0,
        seccomp: seccompProfile?.type === 'RuntimeDefault',
        'no new privileges': allowPrivilegeEscalation === false,
        'read-only root': readOnlyRootFilesystem === true,
        'no capabilities': JSON.stringify(capabilities) === '{"drop":["ALL"]}',
        'no token of Kubernetes': spec.automountServiceAccountToken === false,
        'no variables of Kubernetes': spec.enableServiceLinks === false,
        'bounded memory': container.resources?.limits?.['memory'] !== undefined,
        'a share of the machine': container.resources?.requests?.['cpu'] !== undefined,
      };
      return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [`${name}: ${rule}`]));
    });
    expect(violations).toEqual([]);
  });

  test('every HTTP server has probes, a disruption budget, a Service', () => {
    const budgets = filterByKind(manifests, 'PodDisruptionBudget');
    const text = JSON.stringify(manifests.filter(({ kind }) => kind === 'Service'));
    const violations = serving.flatMap(({ name, labels, container }) => {
      const paths = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
        (probe) => probe?.httpGet?.path,
      );
      const rules = {
        probes: paths.join(' ') === '/health/live /health/live /health/ready',
        'a disruption budget': budgets.some(({ spec }) => selects(spec!.selector!, labels)),
        'a Service': text.includes(
          `"selector":{"app.kubernetes.io/name":"${labels['app.kubernetes.io/name']}"}`,
        ),
      };
      return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [`${name}: ${rule}`]));
    });
    expect(violations).toEqual([]);
  });

  test('the images are the ones of docker-compose.yml', () => {
    const compose = readFileSync(join(REPOSITORY_ROOT, 'docker-compose.yml'), 'utf8');
    const defaultOf = (variable: string): string =>
      new RegExp(`\\$\\{${variable}:-([^}]*)\\}`).exec(compose)![1]!;
    const images = workloads.map(({ container }) =>
      container.image!.replace(/^.*\//, '').replace(/:.*$/, ''),
    );
    expect(new Set(images)).toEqual(new Set([defaultOf('SHOP_IMAGE')]));
    const text = JSON.stringify(manifests);
    expect(text).toContain(`"image":"rabbitmq:${defaultOf('RABBITMQ_VERSION')}-management"`);
    const postgres = new Set(text.match(/(?<="imageName":"[^"]*postgresql:)\d+/g));
    expect(postgres).toEqual(new Set([defaultOf('POSTGRES_VERSION')]));
  });
});

describe('autoscaling', () => {
  const manifests = loadManifests('production');
  const scaled = filterByKind(manifests, 'ScaledObject');

  test('watches the queues of each service’s own consumer', () => {
    const partitions = Array.from({ length: 16 }, (_, index) => index);
    const queues = subscriptions.flatMap(({ service, consumer }) =>
      partitions.map((partition) => ({ service, queue: `${consumer}.${partition}` })),
    );
    const watched = scaled.map(({ spec: { scaleTargetRef, triggers } }) => {
      const name = new RegExp(triggers[0]!.metadata.queueName);
      const seen = queues.filter(({ queue }) => name.test(queue));
      return [scaleTargetRef.name, new Set(seen.map(({ service }) => service)), seen.length];
    });
    expect(watched).toEqual(services.map((service) => [service, new Set([service]), partitions.length]));
  });

  test('never exceeds one replica per partition', async () => {
    for (const { spec } of scaled) {
      const workload = toWorkloads(manifests).find(({ name }) => name === spec.scaleTargetRef.name)!;
      const { partitions } = await loadServiceConfig(workload);
      expect(spec.maxReplicaCount).toBeLessThanOrEqual(partitions!);
      expect(spec.minReplicaCount).toBeGreaterThanOrEqual(2);
    }
  });
});

/** Sorts manifests and their lists: kustomize orders them differently. */
function sortManifests(manifests: readonly Manifest[]): unknown {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value))
      return value.map(sorted).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, each]) => [key, sorted(each)] as const);
    return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b)));
  };
  return sorted([...manifests]);
}
