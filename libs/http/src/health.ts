import {
  Controller,
  Get,
  Inject,
  Optional,
  type FactoryProvider,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ProblemException } from './problem.js';

/** Something a service cannot work without, or not work well. */
export interface HealthCheck {
  readonly name: string;
  /**
   * Resolves if all is well, perhaps with something worth knowing (`note`), resolves to a reason if the service works,
   * but worse than it should (`degraded`: still ready), and rejects if it cannot work. Given 2 s. Called often: it must
   * be cheap.
   */
  check(): Promise<void | { degraded: string } | { note: string }>;
}

interface CheckReport {
  readonly status: 'up' | 'degraded' | 'down';
  readonly detail?: string;
}

/** What Nest finds a provider by: its class, or else a name, where the function that uses it says its type. */
type ProviderToken<T> = (abstract new (...args: never[]) => T) | symbol | string;

const CHECK_TIMEOUT_MS = 2_000;
const HEALTH_CHECKS = Symbol('HEALTH_CHECKS');

/**
 * The checks behind `/health/ready`, made from an app's own providers:
 * `provideHealthChecks([Database, Broker], (database, broker) => [database.health, broker.health])`.
 * List it among the app's providers, and `HealthController` among its controllers.
 */
export function provideHealthChecks<Dependencies extends unknown[]>(
  inject: { [Index in keyof Dependencies]: ProviderToken<Dependencies[Index]> },
  checks: (...dependencies: Dependencies) => readonly HealthCheck[],
): FactoryProvider<readonly HealthCheck[]> {
  return { provide: HEALTH_CHECKS, inject: [...inject], useFactory: checks };
}

/** `/health/live`: the process answers. `/health/ready`: it can do its work; 503 says what is missing and why. */
@ApiTags('health')
@Controller('health')
export class HealthController implements OnModuleDestroy {
  private isStopping = false;

  constructor(@Optional() @Inject(HEALTH_CHECKS) private readonly checks: readonly HealthCheck[] = []) {}

  onModuleDestroy(): void {
    this.isStopping = true;
  }

  @Get('live')
  @ApiOperation({ summary: 'The process is alive' })
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'The service can do its work, perhaps degraded' })
  async ready() {
    const named = await Promise.all(
      this.checks.map(async (check) => [check.name, await runCheck(check)] as const),
    );
    const checks = Object.fromEntries(named);
    const down = named.filter(([, { status }]) => status === 'down');
    if (this.isStopping || down.length > 0) {
      const reasons = down.map(([name, { detail }]) => `${name}: ${detail}`);
      throw new ProblemException({
        status: 503,
        type: 'not-ready',
        title: 'Not ready',
        detail: this.isStopping ? 'The service is stopping.' : reasons.join('; '),
        extensions: { checks },
      });
    }
    return { status: named.some(([, { status }]) => status === 'degraded') ? 'degraded' : 'ok', checks };
  }
}

async function runCheck(check: HealthCheck): Promise<CheckReport> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no response within ${CHECK_TIMEOUT_MS} ms`)),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    const outcome = await Promise.race([check.check(), expiry]);
    if (!outcome) return { status: 'up' };
    return 'note' in outcome
      ? { status: 'up', detail: outcome.note }
      : { status: 'degraded', detail: outcome.degraded };
  } catch (error) {
    return { status: 'down', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
