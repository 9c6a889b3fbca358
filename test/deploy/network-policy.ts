import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1.js';

/** Something that sends or listens: by its name, with the labels that policies go by. */
export interface Pod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of its namespace. */
  readonly namespace: string;
}

/** Whether a selector of labels chooses them; one that says nothing chooses all. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`selects() does not know ${operator}`);
      return values.includes(labels[key] ?? '');
    })
  );
}

interface Rule {
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
  readonly ports: readonly NetworkPolicyPort[] | undefined;
}

/** Whether the policies of a namespace let a pod reach another one's port over TCP: out of the one, into the other. */
export function canConnect(
  policies: readonly NetworkPolicy[],
  namespace: string,
  from: Pod,
  to: Pod,
  port: number,
): boolean {
  const specsOf = (pod: Pod, type: 'Ingress' | 'Egress'): readonly NetworkPolicySpec[] =>
    policies.flatMap(({ spec }) =>
      pod.namespace === namespace &&
      spec?.policyTypes?.includes(type) &&
      selects(spec.podSelector, pod.labels)
        ? [spec]
        : [],
    );
  const allows = ({ peers, ports }: Rule, peer: Pod): boolean =>
    (ports === undefined || ports.some((each) => matchesPort(each, port))) &&
    (peers === undefined || peers.some((each) => matchesPeer(each, peer, namespace)));
  const outOf = specsOf(from, 'Egress').map(({ egress = [] }) =>
    egress.map(({ to: peers, ports }) => ({ peers, ports })),
  );
  const into = specsOf(to, 'Ingress').map(({ ingress = [] }) =>
    ingress.map(({ from: peers, ports }) => ({ peers, ports })),
  );
  // A pod that no policy is about may do everything.
  const isFree = (rules: readonly Rule[][], peer: Pod): boolean =>
    rules.length === 0 || rules.flat().some((rule) => allows(rule, peer));
  return isFree(outOf, to) && isFree(into, from);
}

function matchesPort({ port, endPort, protocol = 'TCP' }: NetworkPolicyPort, wanted: number): boolean {
  if (protocol !== 'TCP') return false;
  return port === undefined || (Number(port) <= wanted && wanted <= (endPort ?? Number(port)));
}

function matchesPeer(
  { ipBlock, namespaceSelector, podSelector }: NetworkPolicyPeer,
  pod: Pod,
  own: string,
): boolean {
  // Addresses of the world outside: no pod has one.
  if (ipBlock) return false;
  const isThere = namespaceSelector
    ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': pod.namespace })
    : pod.namespace === own;
  return isThere && (podSelector === undefined || selects(podSelector, pod.labels));
}
