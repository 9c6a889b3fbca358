import { diag, DiagLogLevel, SpanKind, trace } from '@opentelemetry/api';
import { z } from 'zod';
import { loadPartialConfig, url, variable } from '#config';
import { type Logger, newId } from '#observability';

/** The standard variables of OpenTelemetry; the exporter and the batch processor read further ones themselves. */
export const tracingVariables = {
  /** Base URL of a collector that receives OTLP over HTTP, without `/v1/traces`. Without it no span is created. */
  EXPORTER_OTLP_ENDPOINT: url('http').optional(),
  /** Share of the requests whose trace is recorded, from 0 to 1. Default 0.1. */
  TRACES_SAMPLER_ARG: variable('a share from 0 to 1', (text) => {
    const share = Number(text);
    return /^[\d.]+$/.test(text) && share >= 0 && share <= 1 ? share : undefined;
  }).default(0.1),
};

/** Exports the spans that remain. Never rejects. */
export type StopTracing = () => Promise<void>;

/**
 * Registers the SDK of OpenTelemetry when `OTEL_EXPORTER_OTLP_ENDPOINT` is set. Otherwise the SDK is not even loaded, which
 * saves 10 MB of memory. An unavailable collector loses spans, and delays no order.
 *
 * @throws ConfigurationError
 */
export async function startTracing(service: string, logger: Logger): Promise<StopTracing> {
  const { exporterOtlpEndpoint, tracesSamplerArg } = loadPartialConfig('OTEL', z.object(tracingVariables));
  if (exporterOtlpEndpoint === undefined) return () => Promise.resolve();
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const warn = (message: string): void => logger.warn({ detail: message }, 'spans not exported');
  diag.setLogger(
    { error: warn, warn, info: () => {}, debug: () => {}, verbose: () => {} },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = new OTLPTraceExporter({ url: `${exporterOtlpEndpoint.replace(/\/$/, '')}/v1/traces` });
  const processor = new sdk.BatchSpanProcessor(exporter, { maxQueueSize: 8_192 });
  const byParent = new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() });
  const ratio = new sdk.TraceIdRatioBasedSampler(tracesSamplerArg);
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.instance.id': newId() }),
    sampler: {
      // The flag of a client does not count: it could raise the cost.
      shouldSample: (context, traceId, name, kind, ...rest) =>
        kind === SpanKind.SERVER
          ? ratio.shouldSample(context, traceId)
          : byParent.shouldSample(context, traceId, name, kind, ...rest),
    },
    spanProcessors: [processor],
  });
  // Without `register()`, which would follow every asynchronous call: the context is passed by argument.
  trace.setGlobalTracerProvider(provider);
  logger.info({ endpoint: exporterOtlpEndpoint, samplingRatio: tracesSamplerArg }, 'tracing');
  return () => provider.shutdown().catch((error: unknown) => warn(String(error)));
}
