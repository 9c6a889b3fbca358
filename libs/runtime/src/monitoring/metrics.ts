import type { OnModuleDestroy } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { createRegistry, type ObservableGauge, Histogram, type Registry } from '#observability';
import { registerMessageMetrics } from './message-metrics.js';
import { registerServiceGauges, type MetricSources } from './service-gauges.js';

/** Counts more of a service's own, and says what ends that. */
export type RegisterMetrics = (registry: Registry) => () => void;

export interface MetricsOptions {
  readonly service: string;
  readonly gauges?: readonly ObservableGauge[];
  readonly registerMetrics?: RegisterMetrics;
}

const REQUEST_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/**
 * The numbers of a service for Prometheus. On the way of messages something is counted once per batch; everything else is
 * looked up when somebody asks.
 */
export class Metrics implements OnModuleDestroy {
  private readonly registry: Registry;
  private readonly requests: Histogram<'method' | 'route' | 'status'>;
  private readonly unsubscribers: (() => void)[];

  constructor({ service, gauges = [], registerMetrics }: MetricsOptions, sources: MetricSources) {
    this.registry = createRegistry(service);
    registerServiceGauges(this.registry, sources, gauges);
    this.unsubscribers = [
      registerMessageMetrics(this.registry),
      ...(registerMetrics ? [registerMetrics(this.registry)] : []),
    ];
    this.requests = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From the first byte of a request to the last of its answer; event streams are left out.',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_SECONDS,
      registers: [this.registry],
    });
  }

  onModuleDestroy(): void {
    for (const unsubscribe of this.unsubscribers) unsubscribe();
  }

  /** The media type of {@link text}. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** All of it, in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  /** From now on requests are measured, by route and not by path: what clients write makes no new series. */
  measureRequests(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      const isStream = String(reply.getHeader('content-type')).startsWith('text/event-stream');
      const labels = {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
      };
      if (!isStream) this.requests.observe(labels, reply.elapsedTime / 1_000);
      done();
    });
  }
}
