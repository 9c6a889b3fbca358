import { claim, consume, Outbox } from './broker.js';
import { columns, Session } from './database.js';
import { type Cause, causedBy, type Event, type Money, nameOf, newEvent, type OrderData } from './event.js';
import { Gateway } from './gateway.js';
import { serve } from './http.js';
import { settings } from './settings.js';
import { Turns } from './turns.js';

interface PlacedData extends OrderData {
  readonly total: Money;
  readonly paymentToken: string;
}

type Placed = Event<PlacedData>;

interface Payment {
  readonly orderId: string;
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
  readonly authorizationId: string;
}

/** What the gateway has answered. */
interface Answer {
  readonly orderId: string;
  readonly operation: 'authorize' | 'capture';
  readonly amount: Money;
  readonly reference: string;
  readonly cause: Cause;
}

// The row says what the gateway is to be asked, and is committed before it is asked.
const AUTHORIZE = `
  INSERT INTO payments (order_id, status, amount, currency, token, version)
  SELECT order_id, 'authorizing', amount, currency, token, 1
  FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) AS p (order_id, amount, currency, token)`;

const CAPTURE = `
  UPDATE payments SET status = 'capturing', version = 3, updated_at = now()
  WHERE order_id = ANY ($1::uuid[]) AND status = 'authorized'
  RETURNING order_id AS "orderId", amount::int, currency, token, authorization_id AS "authorizationId"`;

const AUTHORIZED = `
  UPDATE payments AS p SET status = 'authorized', authorization_id = a.reference, version = 2, updated_at = now()
  FROM unnest($1::uuid[], $2::text[]) AS a (order_id, reference)
  WHERE p.order_id = a.order_id`;

const CAPTURED = `
  UPDATE payments AS p SET status = 'captured', capture_id = a.reference, version = 4, updated_at = now()
  FROM unnest($1::uuid[], $2::text[]) AS a (order_id, reference)
  WHERE p.order_id = a.order_id`;

const [consuming, settling] = [
  await Session.open(settings.databaseUrl),
  await Session.open(settings.databaseUrl),
];
const outbox = await Outbox.open(settings.databaseUrl, settings.brokerUrl);
const gateway = new Gateway(settings.gatewayUrl);
const answers = new Turns<Answer>(settle);

async function handle(events: readonly Event[]): Promise<void> {
  void consuming.begin();
  const fresh = await claim(consuming, events);
  const placed = fresh.filter((event): event is Placed => nameOf(event) === 'order.placed');
  const confirmed = fresh.filter((event) => nameOf(event) === 'order.confirmed');
  const authorizing = placed.map(({ data }) => ({
    orderId: data.orderId,
    ...data.total,
    token: data.paymentToken,
  }));
  const values = columns(authorizing, 'orderId', 'amount', 'currency', 'token');
  if (placed.length > 0) void consuming.query('authorize', AUTHORIZE, values);
  const captures =
    confirmed.length > 0
      ? consuming.query<Payment>('capture', CAPTURE, [confirmed.map(({ subject }) => subject)])
      : [];
  await consuming.commit();
  const causes = new Map(fresh.map((event) => [event.subject, causedBy(event)]));
  for (const payment of authorizing) authorize(payment, causes.get(payment.orderId)!);
  for (const payment of await captures) capture(payment, causes.get(payment.orderId)!);
}

function authorize({ orderId, amount, currency, token }: Omit<Payment, 'authorizationId'>, cause: Cause) {
  void gateway
    .ask({
      path: '/v1/authorizations',
      idempotencyKey: `${orderId}:authorize`,
      body: { reference: orderId, amount, currency, token },
    })
    .then((reference) =>
      answers.add({ orderId, operation: 'authorize', amount: { amount, currency }, reference, cause }),
    );
}

function capture({ orderId, amount, currency, authorizationId }: Payment, cause: Cause) {
  void gateway
    .ask({
      path: `/v1/authorizations/${authorizationId}/captures`,
      idempotencyKey: `${orderId}:capture`,
      body: { amount },
    })
    .then((reference) =>
      answers.add({ orderId, operation: 'capture', amount: { amount, currency }, reference, cause }),
    );
}

async function settle(answered: readonly Answer[]): Promise<void> {
  const authorized = answered.filter(({ operation }) => operation === 'authorize');
  const captured = answered.filter(({ operation }) => operation === 'capture');
  const told = answered.map(({ orderId, operation, amount, reference, cause }) =>
    operation === 'authorize'
      ? newEvent('payment.authorized', 2, { orderId, amount, authorizationId: reference }, cause)
      : newEvent('payment.captured', 4, { orderId, amount, captureId: reference }, cause),
  );
  void settling.begin();
  if (authorized.length > 0)
    void settling.query('authorized', AUTHORIZED, columns(authorized, 'orderId', 'reference'));
  if (captured.length > 0)
    void settling.query('captured', CAPTURED, columns(captured, 'orderId', 'reference'));
  void outbox.add(settling, told);
  await settling.commit();
  outbox.publish(told);
}

await consume(settings.brokerUrl, 'payment.order-processing', handle);
serve(settings.port);
