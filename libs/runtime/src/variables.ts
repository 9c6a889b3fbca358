import { type Config, choice, durationMs, integer, forbidInProduction, url, variable } from '#config';
import { failpoints } from '#failpoints';
import { httpVariables } from '#http';
import { z } from 'zod';
import { retentionVariables } from './retention/retentions.js';

/** The variables that every service has, to be spread into the schema of its configuration. */
export function serviceVariables(defaults: { readonly port: number }) {
  return {
    ...httpVariables(defaults),
    DATABASE_URL: url('postgres'),
    DATABASE_POOL_MAX: integer({ min: 2, max: 200 }).default(10),
    RABBITMQ_URL: url('amqp'),
    /** The broker's management API, as a user that may see the bindings; credentials in it, or else the broker's. */
    RABBITMQ_MANAGEMENT_URL: url('http').optional(),
    /** From one comparison of the broker with what is needed of it to the next. */
    TOPOLOGY_CHECK_INTERVAL_MS: durationMs({ min: 1_000, max: 86_400_000 }).default(60_000),
    /** Queues per consumer; must be what the topology was provisioned with. */
    PARTITIONS: integer({ min: 1, max: 16 }).default(4),
    /** Most messages, or requests, in one transaction. */
    BATCH_SIZE_MAX: integer({ min: 1, max: 1_000 }).default(200),
    /** Most events published and not yet confirmed. */
    IN_FLIGHT_MAX: integer({ min: 1, max: 10_000 }).default(1_000),
    /** Unpublished events from which on nothing new is accepted from outside. */
    OUTBOX_PENDING_MAX: integer({ min: 1, max: 10_000_000 }).default(100_000),
    /** For tests: where the process is to end itself. Production refuses it. */
    FAILPOINT: forbidInProduction(choice(failpoints), 'ends the process').optional(),
    /** For tests: the id of the message with which alone it ends there. */
    FAILPOINT_MESSAGE_ID: forbidInProduction(z.uuid(), 'ends the process').optional(),
    /** What an operator must show to be let in at `/operator`; without one nobody is. */
    OPERATOR_TOKEN: variable('a secret of 16 visible ASCII characters or more', (given) =>
      /^[\x21-\x7e]{16,}$/.test(given) ? given : undefined,
    ).optional(),
    /** How long an order, a payment or an unpublished event may stand still before it is an alarm. */
    STALLED_AFTER_MS: durationMs({ min: 1_000, max: 86_400_000 }).default(5 * 60_000),
    /** From the end of one round of pruning to the beginning of the next. */
    PRUNE_INTERVAL_MS: durationMs({ min: 1_000, max: 86_400_000 }).default(60_000),
    ...retentionVariables(),
  };
}

const schema = z.object(serviceVariables({ port: 0 }));

/** What {@link serviceVariables} come to. */
export type ServiceConfig = Config<typeof schema>;
