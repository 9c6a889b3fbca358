import { v7 as uuidv7 } from 'uuid';
import { type Database, statement, type Transaction } from '#database';
import { eventsExchange, type OutgoingEvent, routingKey } from '#messaging';

const ADD = statement(
  'outbox_add',
  `INSERT INTO outbox (id, exchange, routing_key, type, producer, subject, sequence,
                       correlation_id, causation_id, traceparent, data)
   SELECT e.id, e.exchange, e.routing_key, e.type, e.producer, e.subject, e.sequence,
          e.correlation_id, e.causation_id, e.traceparent, e.data
   FROM json_to_recordset($1::json) AS e (id uuid, exchange text, routing_key text, type text, producer text,
        subject text, sequence integer, correlation_id text, causation_id text, traceparent text, data json)`,
);

// Counts no further than it must: a backlog of millions costs no more than one at the cap.
const COUNT_PENDING = statement(
  'outbox_count_pending',
  `SELECT count(*)::integer AS pending
   FROM (SELECT FROM outbox WHERE published_at IS NULL AND set_aside_at IS NULL LIMIT $1) AS capped`,
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
      id: uuidv7(),
      exchange: eventsExchange(event.contract.producer),
      routing_key: routingKey(event.contract, event.subject),
      type: event.contract.type,
      producer: event.contract.producer,
      subject: event.subject,
      sequence: event.sequence,
      correlation_id: event.correlationId,
      causation_id: event.causationId,
      traceparent: event.traceparent,
      data: event.data,
    }));
    await tx.query(ADD, [JSON.stringify(rows)]);
    tx.onCommit(this.onCommitted);
  }

  /**
   * Whether so much is unpublished that nothing new should be accepted from outside; consumers go on, since what they
   * are owed was accepted long ago. As of the last {@link measure}.
   */
  get isFull(): boolean {
    return this.pending >= this.pendingMax;
  }

  /** Counts what is unpublished, up to the cap. Call it every second or so. */
  async measure(): Promise<number> {
    const [row] = await this.database.query<{ pending: number }>(COUNT_PENDING, [this.pendingMax]);
    this.pending = row?.pending ?? 0;
    return this.pending;
  }
}
