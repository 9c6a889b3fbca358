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
export { scrub } from './scrub.js';
