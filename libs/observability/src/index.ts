export { DiagnosticChannel } from './diagnostic-channel.js';
export { newId, newTraceparent } from './ids.js';
export type { Log } from './log.js';
export { createLogger, logCrashes, type Logger, type LoggerOptions } from './logger.js';
export {
  registerGauge,
  Counter,
  createRegistry,
  Gauge,
  type ObservableGauge,
  Histogram,
  Registry,
} from './metrics.js';
export { NestLogger } from './nest-logger.js';
export { redact } from './redact.js';
export {
  type Attributes,
  failSpan,
  isSampled,
  isTraceparent,
  isTracestate,
  isTracingEnabled,
  readTraceContext,
  type Span,
  SpanKind,
  type SpanOptions,
  startEntrySpan,
  type SpanTraceContext,
  startSpan,
  type TraceContext,
  traceContext,
} from './tracing.js';
