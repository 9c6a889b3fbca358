import {
  Controller,
  Get,
  Inject,
  Optional,
  type FactoryProvider,
  type OnModuleDestroy,
} from '@nestjs/common';
import { z } from 'zod';
import { addRouteConfig } from './body-limit.js';
import { answer, type Sent } from './open-api/answer.js';
import { Operation } from './open-api/operation.js';
import { ProblemException } from './problem.js';
import { httpProblems } from './request-problems.js';

/** A dependency or a condition that decides whether a service is ready. */
export interface HealthCheck {
  /** The member of `checks` in the response of `/health/ready`. */
  readonly name: string;
  /**
   * Resolves to undefined or a `note` when the dependency works, and to `degraded` with a reason when the service works
   * with limits; it is ready in both cases. A rejection, or no result within 2 s, makes the service unready. Called at
   * every probe, so it must be cheap.
   */
  check(): Promise<void | { degraded: string } | { note: string }>;
}

const checkReport = z.strictObject({
  status: z.enum(['up', 'degraded', 'down']),
  detail: z.string().exactOptional().describe('The reason'),
});
type CheckReport = Sent<typeof checkReport>;

const readinessSchema = z
  .strictObject({ status: z.enum(['ok', 'degraded']), checks: z.record(z.string(), checkReport) })
  .meta({ id: 'Readiness' });

/** The key of a Nest provider: its class, or a name with the type given by the function that receives it. */
type ProviderToken<T> = (abstract new (...args: never[]) => T) | symbol | string;

/** Bounds the response time of `/health/ready`: a check that hangs is `down`. */
const CHECK_TIMEOUT_MS = 2_000;
const HEALTH_CHECKS = Symbol('HEALTH_CHECKS');
/** The metadata of `@Door('public')` of #access, which imports this lib: probes carry no token. */
const Public = (): MethodDecorator => addRouteConfig({ door: 'public' });

/**
 * Provides the checks of `/health/ready`, made from providers of the app:
 * `provideHealthChecks([Database, Broker], (database, broker) => [database.health, broker.health])`.
 * The app must list it as a provider and {@link HealthController} as a controller.
 *
 * @param inject keys of the providers that `checks` receives, in its order
 */
export function provideHealthChecks<Dependencies extends unknown[]>(
  inject: { [Index in keyof Dependencies]: ProviderToken<Dependencies[Index]> },
  checks: (...dependencies: Dependencies) => readonly HealthCheck[],
): FactoryProvider<readonly HealthCheck[]> {
  return { provide: HEALTH_CHECKS, inject: [...inject], useFactory: checks };
}

/**
 * `/health/live` responds with 200 while the process runs. `/health/ready` responds with 200 and `ok` or `degraded`, or with
 * 503 and the failed checks; during shutdown always with 503.
 */
@Controller('health')
export class HealthController implements OnModuleDestroy {
  private isStopping = false;

  constructor(@Optional() @Inject(HEALTH_CHECKS) private readonly checks: readonly HealthCheck[] = []) {}

  /** Makes `/health/ready` respond with 503, so that load balancers stop sending requests. */
  onModuleDestroy(): void {
    this.isStopping = true;
  }

  /** Never calls a check: a restart would not repair a dependency. */
  @Get('live')
  @Public()
  @Operation({
    id: 'checkLiveness',
    summary: 'The process is live',
    answers: {
      200: answer(z.strictObject({ status: z.literal('ok') }), {
        description: 'The process runs.',
        example: { status: 'ok' },
      }),
    },
  })
  live() {
    return { status: 'ok' } as const;
  }

  /** Runs every check concurrently. @throws ProblemException 503 `not-ready` */
  @Get('ready')
  @Public()
  @Operation({
    id: 'checkReadiness',
    summary: 'The service is ready, perhaps degraded',
    answers: {
      200: answer(readinessSchema, {
        description: 'The service takes requests.',
        example: {
          status: 'degraded',
          checks: { database: { status: 'up' }, broker: { status: 'degraded' } },
        },
      }),
    },
    problems: [httpProblems.notReady],
  })
  async ready(): Promise<Sent<typeof readinessSchema>> {
    const named = await Promise.all(
      this.checks.map(async (check) => [check.name, await runCheck(check)] as const),
    );
    const checks = Object.fromEntries(named);
    const down = named.filter(([, { status }]) => status === 'down');
    if (this.isStopping || down.length > 0) {
      const reasons = down.map(([name, { detail }]) => `${name}: ${detail}`);
      throw new ProblemException({
        type: httpProblems.notReady,
        detail: this.isStopping ? 'The service is stopping.' : reasons.join('; '),
        extensions: { checks },
      });
    }
    return { status: named.some(([, { status }]) => status === 'degraded') ? 'degraded' : 'ok', checks };
  }
}

/** Never rejects: a failed or slow check is `down` with its reason. */
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
