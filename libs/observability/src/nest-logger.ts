import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** What Nest says while it wires an app: of use when a module does not start, noise otherwise. */
const BOOTSTRAP_CONTEXTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest's own lines, through our logger: `new Logger('Context')` and the framework itself. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.write(BOOTSTRAP_CONTEXTS.has(String(context)) ? 'debug' : 'info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest passes `(message, …more, context)`; for errors, `more` may be a stack or an Error. */
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
