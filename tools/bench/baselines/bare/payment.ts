import { claim, consume, Outbox } from './broker.js';
import { unnestParameters, Session } from './database.js';
import {
  type Cause,
  causedBy,
  type Event,
  type Money,
  eventName,
  newEvent,
  type OrderData,
} from './event.js';
import { Gateway } from './gateway.js';
import { startServer } from './http.js';
import { settings } from './settings.js';
import { Batcher } from './batcher.js';

interface PlacedData extends OrderData {
  readonly total: Money;
  readonly paymentToken: string;
}

type PlacedEvent = Event<PlacedData>;

interface Payment {
  readonly orderId: string;
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
  readonly authorizationId: string;
}

/** The gateway's response, with the order that it is for. */
interface GatewayResponse {
  readonly orderId: string;
  readonly operation: 'authorize' | 'capture';
  readonly amount: Money;
  readonly reference: string;
  readonly cause: Cause;
}

// The row records the gateway request, and commits before the request is sent.
const INSERT_AUTHORIZING = `
  INSERT INTO payments (order_id, status, amount, currency, token, version)
  SELECT order_id, 'authorizing', amount, currency, token, 1
  FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) AS p (order_id, amount, currency, token)`;

const UPDATE_CAPTURING = `
  UPDATE payments SET status = 'capturing', version = 3, updated_at = now()
  WHERE order_id = ANY ($1::uuid[]) AND status = 'authorized'
  RETURNING order_id AS "orderId", amount::int, currency, token, authorization_id AS "authorizationId"`;

const UPDATE_AUTHORIZED = `
  UPDATE payments AS p SET status = 'authorized', authorization_id = a.reference, version = 2, updated_at = now()
  FROM unnest($1::uuid[], $2::text[]) AS a (order_id, reference)
  WHERE p.order_id = a.order_id`;

const UPDATE_CAPTURED = `
  UPDATE payments AS p SET status = 'captured', capture_id = a.reference, version = 4, updated_at = now()
  FROM unnest($1::uuid[], $2::text[]) AS a (order_id, reference)
  WHERE p.order_id = a.order_id`;

const [consuming, settling] = [
  await Session.open(settings.databaseUrl),
  await Session.open(settings.databaseUrl),
];
const outbox = await Outbox.open(settings.databaseUrl, settings.brokerUrl);
const gateway = new Gateway(settings.gatewayUrl);
const responses = new Batcher<GatewayResponse>(settleResponses);

async function handle(events: readonly Event[]): Promise<void> {
  void consuming.begin();
  const fresh = await claim(consuming, events);
  const placed = fresh.filter((event): event is PlacedEvent => eventName(event) === 'order.placed');
  const confirmed = fresh.filter((event) => eventName(event) === 'order.confirmed');
  const authorizing = placed.map(({ data }) => ({
    orderId: data.orderId,
    ...data.total,
    token: data.paymentToken,
  }));
  const values = unnestParameters(authorizing, 'orderId', 'amount', 'currency', 'token');
  if (placed.length > 0) void consuming.query('authorize', INSERT_AUTHORIZING, values);
  const captures =
    confirmed.length > 0
      ? consuming.query<Payment>('capture', UPDATE_CAPTURING, [confirmed.map(({ subject }) => subject)])
      : [];
  await consuming.commit();
  const causes = new Map(fresh.map((event) => [event.subject, causedBy(event)]));
  for (const payment of authorizing) authorize(payment, causes.get(payment.orderId)!);
  for (const payment of await captures) capture(payment, causes.get(payment.orderId)!);
}

function authorize({ orderId, amount, currency, token }: Omit<Payment, 'authorizationId'>, cause: Cause) {
  void gateway
    .send({
      path: '/v1/authorizations',
      idempotencyKey: `${orderId}:authorize`,
      body: { reference: orderId, amount, currency, token },
    })
    .then((reference) =>
      responses.add({ orderId, operation: 'authorize', amount: { amount, currency }, reference, cause }),
    );
}

function capture({ orderId, amount, currency, authorizationId }: Payment, cause: Cause) {
  void gateway
    .send({
      path: `/v1/authorizations/${authorizationId}/captures`,
      idempotencyKey: `${orderId}:capture`,
      body: { amount },
    })
    .then((reference) =>
      responses.add({ orderId, operation: 'capture', amount: { amount, currency }, reference, cause }),
    );
}

async function settleResponses(settled: readonly GatewayResponse[]): Promise<void> {
  const authorized = settled.filter(({ operation }) => operation === 'authorize');
  const captured = settled.filter(({ operation }) => operation === 'capture');
  const outgoing = settled.map(({ orderId, operation, amount, reference, cause }) =>
    operation === 'authorize'
      ? newEvent('payment.authorized', 2, { orderId, amount, authorizationId: reference }, cause)
      : newEvent('payment.captured', 4, { orderId, amount, captureId: reference }, cause),
  );
  void settling.begin();
  if (authorized.length > 0)
    void settling.query(
      'authorized',
      UPDATE_AUTHORIZED,
      unnestParameters(authorized, 'orderId', 'reference'),
    );
  if (captured.length > 0)
    void settling.query('captured', UPDATE_CAPTURED, unnestParameters(captured, 'orderId', 'reference'));
  void outbox.add(settling, outgoing);
  await settling.commit();
  outbox.publish(outgoing);
}

await consume(settings.brokerUrl, 'payment.order-processing', handle);
startServer(settings.port);
