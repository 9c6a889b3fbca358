import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Contexts of the lines that Nest logs while it creates an app: logged at debug, for modules that do not start. */
const BOOTSTRAP_CONTEXTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Writes the log lines of Nest by a pino logger: those of the framework and those of `new Logger('Context')`. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  /** Written at info; lines about the wiring of modules at debug. */
  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.write(BOOTSTRAP_CONTEXTS.has(String(context)) ? 'debug' : 'info', message, rest);
  }

  /** Written at fatal. */
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Written at error, with the first `Error` among the arguments as `err`. */
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  /** Written at warn. */
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  /** Written at debug. */
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  /** Written at trace, the level of pino below debug. */
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest passes `(message, …more, context)`; for an error, `more` contains a stack or an `Error`. */
  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    rest: readonly unknown[],
  ): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const context = rest.at(-1);
    const more = rest.slice(0, -1).filter((item) => item !== undefined);
    const err = [message, ...more].find((item) => item instanceof Error);
    this.logger[level](
      {
        ...(typeof context === 'string' && { context }),
        ...(err && { err }),
        ...(more.length > 0 && !err && { more }),
        ...(typeof message === 'object' && !err && { data: message }),
      },
      message instanceof Error ? message.message : typeof message === 'string' ? message : undefined,
    );
  }
}
