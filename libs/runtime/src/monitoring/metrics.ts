import type { OnModuleDestroy } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { callerRefused } from '#access';
import { type Service, subscriptionsForService } from '#contracts';
import { Counter, createRegistry, type ObservableGauge, Histogram, type Registry } from '#observability';
import { registerMessageMetrics } from './message-metrics.js';
import { registerServiceGauges, type MetricSources } from './service-gauges.js';

/** Registers the counters and histograms of one service. Returns a function that ends their subscriptions. */
export type RegisterMetrics = (registry: Registry) => () => void;

/** What {@link Metrics} measures besides the metrics of every service. */
export interface MetricsOptions {
  /** The value of the label `service` of every metric. Required. */
  readonly service: Service;
  /** Read at each scrape. Default none. */
  readonly gauges?: readonly ObservableGauge[];
  /** Called once by the constructor. Default none. */
  readonly registerMetrics?: RegisterMetrics;
}

/** Histogram buckets, in seconds. */
const REQUEST_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** The Prometheus metrics of a service. Message counters advance once per batch; gauges are read at scrapes only. */
export class Metrics implements OnModuleDestroy {
  private readonly registry: Registry;
  private readonly requests: Histogram<'method' | 'route' | 'status'>;
  private readonly unsubscribers: (() => void)[];

  constructor({ service, gauges = [], registerMetrics }: MetricsOptions, sources: MetricSources) {
    this.registry = createRegistry(service);
    registerServiceGauges(this.registry, sources, gauges);
    this.unsubscribers = [
      registerMessageMetrics(
        this.registry,
        subscriptionsForService(service).map(({ consumer }) => consumer),
      ),
      countRefusedCallers(this.registry),
      ...(registerMetrics ? [registerMetrics(this.registry)] : []),
    ];
    this.requests = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From the first byte of a request to the last of its response; event streams are excluded.',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_SECONDS,
      registers: [this.registry],
    });
  }

  /** Ends the subscriptions to diagnostic channels. */
  onModuleDestroy(): void {
    for (const unsubscribe of this.unsubscribers) unsubscribe();
  }

  /** The media type of {@link text}. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** Every metric in the text format of Prometheus. Never rejects for a gauge: an unreadable one is `NaN`. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  /**
   * Measures every request from now on. The label is the route, never the path: a client cannot create a new time series.
   */
  measureRequests(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      // The duration of an event stream is the time that its client stays connected.
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

function countRefusedCallers(registry: Registry): () => void {
  const refused = new Counter({
    name: 'callers_refused_total',
    help: 'Requests refused before their body: 401 token, 403 scope, 429 limit, 503 keys unavailable.',
    labelNames: ['status'],
    registers: [registry],
  });
  return callerRefused.subscribe(({ status }) => refused.inc({ status }));
}
