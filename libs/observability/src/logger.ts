import pino, { type DestinationStream, type Logger } from 'pino';
import { redact } from './redact.js';

export type { Logger };

export interface LoggerOptions {
  /** The service the lines are from: `order`. */
  service: string;
  /** The least level that is written: pino's levels, or `silent`. */
  level: string;
  /** Where lines go. Default: standard output, written synchronously, so that none is lost at exit. */
  destination?: DestinationStream;
}

/**
 * A pino logger: one JSON object a line, `{ level, time, service, …, msg }`. Errors under `err` carry their stack
 * and their causes. Payment tokens, credentials and card numbers are masked in the finished line, so no field,
 * message or stack can leak one.
 *
 * What belongs to one order or message is logged by a child: `logger.child({ correlationId, messageId, orderId })`.
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

/** Logs what is about to end the process: an uncaught exception, an unhandled rejection. The process still ends. */
export function logCrashes(logger: Logger): void {
  process.on('uncaughtExceptionMonitor', (err, origin) => logger.fatal({ err, origin }, 'crashed'));
}
