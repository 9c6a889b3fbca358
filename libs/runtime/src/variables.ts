import { accessVariables, limitVariables } from '#access';
import { type Config, choice, durationMs, integer, forbidInProduction, url } from '#config';
import { failpoints } from '#failpoints';
import { httpVariables } from '#http';
import { z } from 'zod';
import { retentionVariables } from './retention/retentions.js';

/**
 * The variables of every service, without its prefix. Spread them into the schema of its configuration.
 *
 * @param defaults.port default of `HTTP_PORT`
 */
export function serviceVariables(defaults: { readonly port: number }) {
  return {
    ...httpVariables(defaults),
    ...accessVariables(),
    ...limitVariables(),
    /** The database of the service, as the role of the service. Required. */
    DATABASE_URL: url('postgres'),
    /** Connections of the pool. Default 10. */
    DATABASE_POOL_MAX: integer({ min: 2, max: 200 }).default(10),
    /** The broker, as the user of the service. Required. */
    RABBITMQ_URL: url('amqp'),
    /** The management API of the broker, as a user that may read bindings. Default credentials: those of `RABBITMQ_URL`. */
    RABBITMQ_MANAGEMENT_URL: url('http').optional(),
    /** Interval of the drift check, in ms. Default 60,000. */
    TOPOLOGY_CHECK_INTERVAL_MS: durationMs({ min: 1_000, max: 86_400_000 }).default(60_000),
    /** Queues per consumer. Must equal the number that the topology was provisioned with. Default 4. */
    PARTITIONS: integer({ min: 1, max: 16 }).default(4),
    /** Messages, or requests, in one transaction. Default 200. */
    BATCH_SIZE_MAX: integer({ min: 1, max: 1_000 }).default(200),
    /** Time, in ms, after which a paused consumer gives its messages back. Below RabbitMQ's `consumer_timeout`. Default 300,000. */
    CONSUMER_PAUSE_MAX_MS: durationMs({ min: 1_000, max: 20 * 60_000 }).default(5 * 60_000),
    /** Events published and not yet confirmed. Default 1,000. */
    IN_FLIGHT_MAX: integer({ min: 1, max: 10_000 }).default(1_000),
    /** Pending events at which the service rejects new orders with 503. Default 100,000. */
    OUTBOX_PENDING_MAX: integer({ min: 1, max: 10_000_000 }).default(100_000),
    /** For tests: the failpoint at which the process ends itself. Rejected in production. */
    FAILPOINT: forbidInProduction(choice(failpoints), 'ends the process').optional(),
    /** For tests: the only message id for which the failpoint acts. Default: every message. */
    FAILPOINT_MESSAGE_ID: forbidInProduction(z.uuid(), 'ends the process').optional(),
    /** Time without progress, in ms, after which an order, a payment or a pending event raises an alarm. Default 300,000. */
    STALLED_AFTER_MS: durationMs({ min: 1_000, max: 86_400_000 }).default(5 * 60_000),
    /** Pause between two rounds of pruning, in ms. Default 60,000. */
    PRUNE_INTERVAL_MS: durationMs({ min: 1_000, max: 86_400_000 }).default(60_000),
    ...retentionVariables(),
  };
}

const schema = z.object(serviceVariables({ port: 0 }));

/** The values of {@link serviceVariables}, under camelCase names. */
export type ServiceConfig = Config<typeof schema>;
