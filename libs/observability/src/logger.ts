import pino, { type DestinationStream, type Logger } from 'pino';
import { redact } from './redact.js';

export type { Logger };

/** Settings of {@link createLogger}. */
export interface LoggerOptions {
  /** The field `service` of every line: `order`. Required. */
  readonly service: string;
  /** The lowest level that is written: a level of pino, or `silent`. Required. */
  readonly level: string;
  /** Receives the lines. Default: standard output, written synchronously, so no line is lost at exit. */
  readonly destination?: DestinationStream;
}

/**
 * A pino logger that writes one JSON object per line: `{ level, time, service, …, msg }`. An error under `err` has its
 * stack and its causes. Payment tokens, credentials and card numbers are masked in the finished line, so no field, message
 * or stack can leak them.
 *
 * Log lines about one order or message through a child: `logger.child({ correlationId, messageId, orderId })`.
 */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause },
      hooks: { streamWrite: redact },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

/** Logs an uncaught exception or an unhandled rejection at `fatal`. The process still ends. Call it once per process. */
export function logCrashes(logger: Logger): void {
  process.on('uncaughtExceptionMonitor', (err, origin) => logger.fatal({ err, origin }, 'crashed'));
}
