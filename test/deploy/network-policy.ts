import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1.js';

/** A pod that connects or listens, with the labels that policies select. */
export interface Pod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
}

/** Whether a selector matches the labels; an empty selector matches all. @throws Error for an operator other than `In` */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`selects() does not support ${operator}`);
      return values.includes(labels[key] ?? '');
    })
  );
}

interface Rule {
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
  readonly ports: readonly NetworkPolicyPort[] | undefined;
}

/** Whether the egress and the ingress policies of a namespace both allow a TCP connection to this port. */
export function canConnect(
  policies: readonly NetworkPolicy[],
  namespace: string,
  from: Pod,
  to: Pod,
  port: number,
): boolean {
  const policiesOf = (pod: Pod, type: 'Ingress' | 'Egress'): readonly NetworkPolicySpec[] =>
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
  const egressRules = policiesOf(from, 'Egress').map(({ egress = [] }) =>
    egress.map(({ to: peers, ports }) => ({ peers, ports })),
  );
  const ingressRules = policiesOf(to, 'Ingress').map(({ ingress = [] }) =>
    ingress.map(({ from: peers, ports }) => ({ peers, ports })),
  );
  // A pod that no policy selects has no restrictions.
  const isAllowed = (rules: readonly Rule[][], peer: Pod): boolean =>
    rules.length === 0 || rules.flat().some((rule) => allows(rule, peer));
  return isAllowed(egressRules, to) && isAllowed(ingressRules, from);
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
  // IP blocks are outside of the cluster: they match no pod.
  if (ipBlock) return false;
  const isInNamespace = namespaceSelector
    ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': pod.namespace })
    : pod.namespace === own;
  return isInNamespace && (podSelector === undefined || selects(podSelector, pod.labels));
}
