import { unnestParameters, type Database, statement, type Transaction } from '#database';
import { newId } from '#observability';
import { eventsExchange, type OutgoingEvent, routingKey } from '#messaging';

const ADD = statement(
  'outbox_add',
  `INSERT INTO outbox (id, exchange, routing_key, type, producer, subject, sequence,
                       correlation_id, causation_id, traceparent, data)
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[],
                        $8::text[], $9::text[], $10::text[], $11::json[])`,
);

// Counts no further than it must: a backlog of millions costs no more than one at the cap.
const COUNT_PENDING = statement(
  'outbox_count_pending',
  `SELECT count(*)::integer AS pending
   FROM (SELECT FROM outbox WHERE published_at IS NULL AND parked_at IS NULL LIMIT $1) AS capped`,
);

/**
 * Adds events to the outbox, in the order given, in the transaction that changes what they tell of: either both
 * happen or neither. The relay publishes them after the commit. https://microservices.io/patterns/data/transactional-outbox.html
 *
 * Lock the aggregate's row before adding its events, so that their order here is the order of commits.
 */
export class Outbox {
  private pending = 0;

  constructor(
    private readonly database: Database,
    /** Called after each commit that added events. */
    private readonly onCommitted: () => void,
    /** Unpublished events from which on {@link isFull} says so. */
    private readonly pendingMax: number,
  ) {}

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
    const envelope = unnestParameters(
      rows,
      'id',
      'exchange',
      'routingKey',
      'type',
      'producer',
      'subject',
      'sequence',
    );
    const origin = unnestParameters(rows, 'correlationId', 'causationId', 'traceparent');
    await tx.query(ADD, [...envelope, ...origin, ...unnestParameters(rows, 'data')]);
    tx.onCommit(this.onCommitted);
  }

  /**
   * Whether so much is unpublished that nothing new should be accepted from outside; consumers go on, since what they
   * are owed was accepted long ago. As of the last {@link measure}.
   */
  get isFull(): boolean {
    return this.pending >= this.pendingMax;
  }

  /** How much was unpublished at the last {@link measure}, up to the cap. */
  get pendingCount(): number {
    return this.pending;
  }

  /** Counts what is unpublished, up to the cap. Call it every second or so. */
  async measure(): Promise<number> {
    const [row] = await this.database.query<{ pending: number }>(COUNT_PENDING, [this.pendingMax]);
    this.pending = row?.pending ?? 0;
    return this.pending;
  }
}
