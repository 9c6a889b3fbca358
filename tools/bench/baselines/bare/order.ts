import { claim, consume, Outbox } from './broker.js';
import { unnestParameters, Session } from './database.js';
import { causedBy, type Event, eventName, newEvent, type EncodedEvent } from './event.js';
import { startServer } from './http.js';
import { OrderIntake } from './order-intake.js';
import { settings } from './settings.js';

interface Order {
  readonly id: string;
  readonly status: string;
  readonly stock: string;
  readonly payment: string;
  readonly version: number;
  readonly total: number;
}

interface Step {
  readonly before: Order;
  readonly after: Order;
  readonly event: Event;
}

const LOCK_ORDERS = `
  SELECT id, status, stock, payment, version, total::int FROM orders WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`;

const SAVE_ORDERS = `
  UPDATE orders AS o
  SET status = n.status, stock = n.stock, payment = n.payment, version = n.version, updated_at = now()
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[]) AS n (id, status, stock, payment, version)
  WHERE o.id = n.id`;

const ADD_TRANSITIONS = `
  INSERT INTO order_transitions (order_id, version, trigger, from_status, to_status, stock, payment, message_id)
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[])`;

const session = await Session.open(settings.databaseUrl);
const outbox = await Outbox.open(settings.databaseUrl, settings.brokerUrl);
const intake = new OrderIntake(await Session.open(settings.databaseUrl), outbox);

async function handle(events: readonly Event[]): Promise<void> {
  void session.begin();
  const claiming = claim(session, events);
  const locked = await session.query<Order>('lock', LOCK_ORDERS, [events.map(({ subject }) => subject)]);
  const orders = new Map(locked.map((order) => [order.id, order]));
  const steps = (await claiming).map((event) => {
    const before = orders.get(event.subject)!;
    const after = advance(before, eventName(event));
    orders.set(after.id, after);
    return { before, after, event };
  });
  const outgoing = steps.flatMap(statusEvents);
  void session.query(
    'save',
    SAVE_ORDERS,
    unnestParameters([...orders.values()], 'id', 'status', 'stock', 'payment', 'version'),
  );
  void session.query('add_transitions', ADD_TRANSITIONS, transitionParameters(steps));
  void outbox.add(session, outgoing);
  await session.commit();
  outbox.publish(outgoing);
}

/** @throws Error on an event that would cancel the order: the bare programs do not implement cancellation */
function advance(order: Order, name: string): Order {
  const [side, report] = name.split('.') as ['stock' | 'payment', string];
  const updated = { ...order, [side]: report, version: order.version + 1 };
  const { stock, payment } = updated;
  if (stock === 'deducted' && payment === 'captured') return { ...updated, status: 'completed' };
  const isConfirmed = ['held', 'deducted'].includes(stock) && ['authorized', 'captured'].includes(payment);
  if (isConfirmed) return { ...updated, status: 'confirmed' };
  if (['none', 'held'].includes(stock) && ['none', 'authorized'].includes(payment)) return updated;
  throw new Error(`order ${order.id} cannot apply ${name}`);
}

function statusEvents({ before, after, event }: Step): EncodedEvent[] {
  if (before.status === after.status) return [];
  const { id: orderId, total, version } = after;
  const completed = { orderId, total: { amount: total, currency: 'CNY' } };
  const data = after.status === 'completed' ? completed : { orderId };
  return [newEvent(`order.${after.status}`, version, data, causedBy(event))];
}

function transitionParameters(steps: readonly Step[]): unknown[] {
  const rows = steps.map(({ before, after, event }) => ({
    ...after,
    trigger: eventName(event),
    from: before.status,
    messageId: event.id,
  }));
  return unnestParameters(
    rows,
    'id',
    'version',
    'trigger',
    'from',
    'status',
    'stock',
    'payment',
    'messageId',
  );
}

await consume(settings.brokerUrl, 'order.processing-results', handle);
startServer(settings.port, (request, response) => void intake.place(request, response));
