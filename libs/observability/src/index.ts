export { Signal } from './diagnostic-channel.js';
export { newId, newTraceparent } from './ids.js';
export type { MessagingLog } from './log.js';
export { createLogger, logCrashes, type Logger, type LoggerOptions } from './logger.js';
export {
  addGauge,
  Counter,
  createRegistry,
  Gauge,
  type GaugeReading,
  Histogram,
  Registry,
} from './metrics.js';
export { NestLogger } from './nest-logger.js';
export { scrub } from './redact.js';
