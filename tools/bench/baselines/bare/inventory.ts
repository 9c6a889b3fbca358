import { claim, consume, Outbox } from './broker.js';
import { unnestParameters, Session } from './database.js';
import { causedBy, type Event, eventName, newEvent, type OrderData, type OrderLine } from './event.js';
import { startServer } from './http.js';
import { settings } from './settings.js';

interface Reservation extends OrderData {
  readonly lines: readonly OrderLine[];
}

type PlacedEvent = Event<Reservation>;

const INSERT_RESERVATIONS = `
  INSERT INTO reservations (order_id, status, lines, version)
  SELECT order_id, 'held', lines, 1 FROM unnest($1::uuid[], $2::jsonb[]) AS r (order_id, lines)`;

const DEDUCT_RESERVATIONS = `
  UPDATE reservations SET status = 'deducted', version = 2, updated_at = now()
  WHERE order_id = ANY ($1::uuid[]) AND status = 'held'
  RETURNING order_id AS "orderId", lines`;

// The constraint `available >= 0` rejects overselling. Locks rows in SKU order, so two batches cannot deadlock.
const UPDATE_STOCK = `
  UPDATE stock_levels AS s
  SET available = s.available - c.held, held = s.held + c.held - c.deducted, deducted = s.deducted + c.deducted
  FROM unnest($1::text[], $2::int[], $3::int[]) AS c (sku, held, deducted)
  WHERE s.sku = c.sku`;

const session = await Session.open(settings.databaseUrl);
const outbox = await Outbox.open(settings.databaseUrl, settings.brokerUrl);

async function handle(events: readonly Event[]): Promise<void> {
  void session.begin();
  const fresh = await claim(session, events);
  const placed = fresh.filter((event): event is PlacedEvent => eventName(event) === 'order.placed');
  const confirmed = fresh.filter((event) => eventName(event) === 'order.confirmed');
  const held = placed.map(({ data: { orderId, lines } }) => ({ orderId, lines: sumBySku(lines) }));
  const deducted =
    confirmed.length > 0
      ? await session.query<Reservation>('deduct', DEDUCT_RESERVATIONS, [
          confirmed.map(({ subject }) => subject),
        ])
      : [];
  const outgoing = [
    ...createEvents('stock.held', 1, held, placed),
    ...createEvents('stock.deducted', 2, deducted, confirmed),
  ];
  const reservations = held.map(({ orderId, lines }) => ({ orderId, lines: JSON.stringify(lines) }));
  if (held.length > 0)
    void session.query('hold', INSERT_RESERVATIONS, unnestParameters(reservations, 'orderId', 'lines'));
  void session.query('change_stock', UPDATE_STOCK, stockChanges(held, deducted));
  void outbox.add(session, outgoing);
  await session.commit();
  outbox.publish(outgoing);
}

function createEvents(
  name: string,
  version: number,
  reservations: readonly Reservation[],
  causes: readonly Event[],
) {
  const byOrder = new Map(causes.map((event) => [event.subject, event]));
  return reservations.map((reservation) =>
    newEvent(name, version, reservation, causedBy(byOrder.get(reservation.orderId)!)),
  );
}

/** Sums the quantities of lines with the same SKU. */
function sumBySku(lines: readonly OrderLine[]): OrderLine[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, quantity + (sums.get(sku) ?? 0));
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }));
}

function stockChanges(held: readonly Reservation[], deducted: readonly Reservation[]): unknown[] {
  const addUpLines = (reservations: readonly Reservation[]) =>
    new Map(sumBySku(reservations.flatMap(({ lines }) => lines)).map(({ sku, quantity }) => [sku, quantity]));
  const [hold, deduct] = [addUpLines(held), addUpLines(deducted)];
  const skus = [...new Set([...hold.keys(), ...deduct.keys()])].sort();
  return [skus, skus.map((sku) => hold.get(sku) ?? 0), skus.map((sku) => deduct.get(sku) ?? 0)];
}

await consume(settings.brokerUrl, 'inventory.order-processing', handle);
startServer(settings.port);
