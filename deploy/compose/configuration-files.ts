export interface ConfigurationOptions {
  /** Whether the servers accept TLS only, as with compose.tls.yml. Default: false. */
  readonly usesTls?: boolean;
  /** Whether RabbitMQ runs on three nodes, as with compose.cluster.yml. Default: false. */
  readonly isCluster?: boolean;
}

/** The folder of RabbitMQ's configuration. RabbitMQ reads every file in it, so files of an earlier start are deleted. */
export const RABBITMQ_FOLDER = 'rabbitmq/conf.d';

/** The configuration of Prometheus, Grafana and Jaeger, for the profile `observability`. */
const OBSERVABILITY_FILES = [
  'prometheus.yml',
  'alerts.yml',
  'jaeger.yml',
  'grafana/provisioning/dashboards/dashboards.yml',
  'grafana/provisioning/datasources/datasources.yml',
  'grafana/dashboards/messaging-health.json',
  'grafana/dashboards/order-pipeline.json',
];

/**
 * Returns the source in the image by `folder/name` in the servers' volumes. The files are copied, not mounted from the
 * clone: a strict umask or SELinux hides them from the servers' users, and a remote Docker engine has no clone.
 */
export function configurationFiles({
  usesTls = false,
  isCluster = false,
}: ConfigurationOptions): ReadonlyMap<string, string> {
  return new Map([
    [`${RABBITMQ_FOLDER}/20-shop.conf`, 'deploy/compose/rabbitmq.conf'],
    ...OBSERVABILITY_FILES.map((file) => [`observability/${file}`, `deploy/observability/${file}`] as const),
    ...(isCluster
      ? ([[`${RABBITMQ_FOLDER}/30-cluster.conf`, 'deploy/compose/rabbitmq-cluster.conf']] as const)
      : []),
    ...(usesTls
      ? ([
          [`${RABBITMQ_FOLDER}/40-tls.conf`, 'deploy/compose/rabbitmq-tls.conf'],
          ['postgres/pg_hba.conf', 'deploy/compose/pg_hba-tls.conf'],
          ['provision/distribute-certificates.sh', 'deploy/tls/distribute-certificates.sh'],
          ['provision/make-certificates.sh', 'deploy/tls/make-certificates.sh'],
        ] as const)
      : []),
  ]);
}
