import { unnestParameters, type Database, statement, type Transaction } from '#database';
import { newId } from '#observability';
import { eventsExchange, type OutgoingEvent, routingKey } from '#messaging';
import { startCreateSpans } from './create-spans.js';

// One statement per call. Positions follow the order of the arrays, so events keep the given order.
const ADD = statement(
  'outbox_add',
  `INSERT INTO outbox (id, exchange, routing_key, type, producer, subject, sequence,
                       correlation_id, causation_id, traceparent, tracestate, data)
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[],
                        $8::text[], $9::text[], $10::text[], $11::text[], $12::json[])`,
);

// The count ends at the limit: a backlog of millions costs no more than a full outbox.
const COUNT_PENDING = statement(
  'outbox_count_pending',
  `SELECT count(*)::integer AS pending
   FROM (SELECT FROM outbox WHERE published_at IS NULL AND parked_at IS NULL LIMIT $1) AS capped`,
);

/**
 * Adds events in the transaction of the business change: both commit, or neither. The relay publishes the events after the
 * commit, at least once. Source: https://microservices.io/patterns/data/transactional-outbox.html
 *
 * Lock the aggregate's row before adding its events: positions then follow the order of commits per aggregate.
 */
export class Outbox {
  private pending = 0;

  constructor(
    private readonly database: Database,
    /** Called after each commit that added events: wake the relay here. Must not throw. */
    private readonly onCommitted: () => void,
    /** Pending events from which {@link isFull} is true. */
    private readonly pendingMax: number,
  ) {}

  /** Adds events in the given order. Rejects with the database's error, and then `tx` must roll back. */
  async add(tx: Transaction, events: readonly OutgoingEvent[]): Promise<void> {
    if (events.length === 0) return;
    const rows = events.map((event) => ({
      id: newId(),
      exchange: eventsExchange(event.contract.producer),
      routingKey: routingKey(event.contract, event.subject),
      type: event.contract.type,
      producer: event.contract.producer,
      ...event,
    }));
    const traced = startCreateSpans(tx, rows);
    const envelope = unnestParameters(
      traced,
      'id',
      'exchange',
      'routingKey',
      'type',
      'producer',
      'subject',
      'sequence',
    );
    const origin = unnestParameters(traced, 'correlationId', 'causationId', 'traceparent', 'tracestate');
    await tx.query(ADD, [...envelope, ...origin, ...unnestParameters(rows, 'data')]);
    tx.onCommit(this.onCommitted);
  }

  /**
   * Whether the outbox had `pendingMax` or more pending events at the last {@link measure}. Then reject new work from
   * outside. Consumers continue: their messages belong to work that was accepted before.
   */
  get isFull(): boolean {
    return this.pending >= this.pendingMax;
  }

  /** Pending events at the last {@link measure}, counted up to `pendingMax`; 0 before. */
  get pendingCount(): number {
    return this.pending;
  }

  /** Counts pending events up to `pendingMax`. Parked events are not pending. Call it every second or so. */
  async measure(): Promise<number> {
    const [row] = await this.database.query<{ pending: number }>(COUNT_PENDING, [this.pendingMax]);
    this.pending = row?.pending ?? 0;
    return this.pending;
  }
}
