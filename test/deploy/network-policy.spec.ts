import { describe, expect, test } from 'vitest';

import { ENVIRONMENTS, loadManifests, NAMESPACE, filterByKind, toPods } from './load-manifests.js';
import { canConnect, selects } from './network-policy.js';

/** Every port with a listener. */
const PORTS = [3000, 5432, 5672, 8000, 9187, 15672, 15692, 25672, 4369];

/** The complete list of allowed clients, by destination and port. */
const ALLOWED_CONNECTIONS = {
  'order 3000': ['ingress-nginx', 'monitoring', 'ops'],
  'inventory 3000': ['monitoring', 'ops'],
  'payment 3000': ['monitoring', 'ops'],
  'order-postgres 5432': ['cnpg-system', 'ops', 'order', 'order-postgres', 'provision'],
  'inventory-postgres 5432': ['cnpg-system', 'inventory', 'inventory-postgres', 'ops', 'provision'],
  'payment-postgres 5432': ['cnpg-system', 'ops', 'payment', 'payment-postgres', 'provision'],
  'order-postgres 8000': ['cnpg-system', 'order-postgres'],
  'inventory-postgres 8000': ['cnpg-system', 'inventory-postgres'],
  'payment-postgres 8000': ['cnpg-system', 'payment-postgres'],
  'order-postgres 9187': ['monitoring'],
  'inventory-postgres 9187': ['monitoring'],
  'payment-postgres 9187': ['monitoring'],
  'rabbitmq 4369': ['rabbitmq'],
  'rabbitmq 5672': ['inventory', 'ops', 'order', 'payment', 'provision'],
  'rabbitmq 15672': ['inventory', 'keda', 'ops', 'order', 'payment', 'provision', 'rabbitmq-system'],
  'rabbitmq 15692': ['monitoring'],
  'rabbitmq 25672': ['rabbitmq'],
};
const EXTRA_CONNECTIONS = { production: {}, dev: { 'gateway-simulator 3000': ['ops', 'payment'] } };

describe.each(ENVIRONMENTS)('%s', (environment) => {
  const manifests = loadManifests(environment);
  const policies = filterByKind(manifests, 'NetworkPolicy');
  const pods = toPods(manifests);
  const ours = pods.filter(({ namespace }) => namespace === NAMESPACE);

  test('exactly the listed connections are allowed', () => {
    const reached = ours.flatMap((to) =>
      PORTS.map((port) => {
        const from = pods.filter((pod) => canConnect(policies, NAMESPACE, pod, to, port));
        return [`${to.name} ${port}`, from.map(({ name }) => name).sort()] as const;
      }).filter(([, from]) => from.length > 0),
    );
    expect(Object.fromEntries(reached)).toEqual({
      ...ALLOWED_CONNECTIONS,
      ...EXTRA_CONNECTIONS[environment],
    });
  });

  test('every pod can resolve names', () => {
    const dns = pods.find(({ name }) => name === 'dns')!;
    expect(ours.filter((pod) => !canConnect(policies, NAMESPACE, pod, dns, 53))).toEqual([]);
  });

  test('every selector of a policy matches a pod', () => {
    const selectors = policies.flatMap(({ metadata, spec }) => {
      const peers = [
        ...(spec?.ingress ?? []).flatMap(({ from = [] }) => from),
        ...(spec?.egress ?? []).flatMap(({ to = [] }) => to),
      ];
      const inside = peers.filter(({ namespaceSelector }) => !namespaceSelector);
      return [spec!.podSelector, ...inside.flatMap(({ podSelector }) => podSelector ?? [])].map(
        (selector) => ({
          policy: metadata!.name,
          selector,
        }),
      );
    });
    expect(selectors.filter(({ selector }) => !ours.some(({ labels }) => selects(selector, labels)))).toEqual(
      [],
    );
  });

  test('only payment connects out of the cluster, to port 443', () => {
    const outside = policies.filter(({ spec }) =>
      spec?.egress?.some(({ to = [] }) => to.some(({ ipBlock }) => ipBlock)),
    );
    expect(outside.map(({ spec }) => [spec!.podSelector, spec!.egress!.map(({ ports }) => ports)])).toEqual(
      environment === 'dev'
        ? []
        : [[{ matchLabels: { 'app.kubernetes.io/name': 'payment' } }, [[{ port: 443 }]]]],
    );
  });
});
