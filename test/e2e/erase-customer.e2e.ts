import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { slotForKey } from '#messaging';
import { runOps } from '../../tools/ops/cli.js';
import { type AcceptedOrder, createOrderRequest, serviceNames } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { waitUntilIdle } from '../../tools/audit/wait-until-idle.js';
import { auditAfterAll, isExternal, NEEDS_OWN_SHOP, openShop } from './open-shop.js';
import { encodeMessage, openServiceChannels, publishRaw } from './raw-messages.js';

const opened = openShop();
const { shop, urls, query, brokerUrls } = opened;
const channels = await openServiceChannels(brokerUrls);
const operator = shop.as('wei', ['operator']);
const reason = 'ticket 12: the customer asked';

beforeEach(({ skip }) => skip(isExternal, NEEDS_OWN_SHOP));

/** A customer whose id, keys and payment token contain a text that nothing else contains. */
function createCustomer() {
  const canary = `canary${randomUUID().replaceAll('-', '')}`;
  const client = shop.as(`${canary}@x`);
  const token = (kind: string): string => `tok_${kind}_${canary}`;
  return { canary, id: `${canary}@x`, client, token };
}

const erase = (customerId: string, confirmation: object = { expect: 1, reason }) =>
  operator.request<{ requestId: string }>('order', 'POST', '/operator/customers/erase', {
    body: { customerId, ...confirmation },
  });

/** Every row that contains the text in its columns or bytes, as `service.table`. */
async function findInDatabases(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const service of serviceNames) {
    const tables = await query<{ name: string }>(
      service,
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    for (const { name } of tables) {
      const [row] = await query<{ rows: number }>(
        service,
        // Bytes are printed in hexadecimal.
        `SELECT count(*)::integer AS rows FROM "${name}" AS t WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0`,
        [text, Buffer.from(text).toString('hex')],
      );
      if (row!.rows > 0) found.push(`${service}.${name}: ${row!.rows}`);
    }
  }
  return found;
}

/** Waits until the messages of every service are handled: then no queue contains a message. */
async function waitForQueues(): Promise<void> {
  expect((await waitUntilIdle(opened.internals!.auditSources, 30_000)).pending).toEqual([]);
}

async function publishPlaced(customer: ReturnType<typeof createCustomer>, orderId: string): Promise<string> {
  const data = { orderId, customerId: customer.id, lines: 'bad', paymentToken: customer.token('late') };
  const message = encodeMessage(brokerUrls, 'order.placed', data);
  await publishRaw(channels, 'order.placed', slotForKey(orderId), message);
  return message.properties.messageId as string;
}

interface StoredDeadLetter {
  readonly status: string;
  readonly body: string;
}

/** The dead letters of a message in inventory and payment, once both exist. */
function waitForDeadLetters(messageId: string): Promise<StoredDeadLetter[]> {
  const read = async (): Promise<StoredDeadLetter[]> => {
    const sql = `SELECT status, convert_from(body, 'UTF8') AS body FROM dead_letters WHERE message_id = $1`;
    const both = (['inventory', 'payment'] as const).map((service) =>
      query<StoredDeadLetter>(service, sql, [messageId]),
    );
    return (await Promise.all(both)).flat();
  };
  return waitUntil(`dead letters of ${messageId}`, read, ({ length }) => length === 2);
}

describe('an erased customer', () => {
  test('is in no table and no queue; amounts and dates stay', async () => {
    const customer = createCustomer();
    const sku = await shop.createProduct({ stock: 10 });
    const place = async (kind: string): Promise<string> => {
      const key = `key-${kind}-${customer.canary}`;
      const request = createOrderRequest(sku, 1, customer.token(kind));
      const { id } = await customer.client.place(request, key);
      await shop.waitUntilEnded(id);
      return id;
    };
    const [completed, cancelled] = [await place('visa'), await place('second')];
    await customer.client.cancel(cancelled);
    await shop.waitUntilEnded(cancelled);
    const deadLetter = await publishPlaced(customer, completed);
    await waitForDeadLetters(deadLetter);
    const before = await shop.order(completed);
    expect(await findInDatabases(customer.canary)).toEqual(
      expect.arrayContaining([
        'order.orders: 2',
        'order.idempotency_keys: 2',
        'order.outbox: 2',
        'inventory.dead_letters: 1',
        'payment.dead_letters: 1',
        'payment.payments: 2',
      ]),
    );

    expect(await erase(customer.id)).toMatchObject({
      status: 200,
      body: { action: 'erase customer', count: 1 },
    });
    await waitForQueues();

    expect(await findInDatabases(customer.canary)).toEqual([]);
    expect(await waitForDeadLetters(deadLetter)).toEqual([
      { status: 'discarded', body: expect.stringMatching(/^\{"erased" : "erased-/) as string },
      { status: 'discarded', body: expect.stringMatching(/^\{"erased" : "erased-/) as string },
    ]);
    const { customerId, correlationId: _, ...after } = await shop.order(completed);
    expect(before).toMatchObject(after);
    expect(customerId).toMatch(/^erased-/);
    expect(await customer.client.orders()).toMatchObject({ items: [] });

    // Late copies: a message that fails, and a request under a used key.
    const late = await waitForDeadLetters(await publishPlaced(customer, cancelled));
    expect(late.map(({ status }) => status)).toEqual(['discarded', 'discarded']);
    expect(await erase(customer.id)).toMatchObject({ status: 200, body: { count: 1 } });
    await waitForQueues();
    expect(await findInDatabases(customer.canary)).toEqual([]);
  });

  test('is refused while an order is open', async () => {
    const customer = createCustomer();
    const sku = await shop.createProduct({ stock: 1 });
    const { id } = await customer.client.place(createOrderRequest(sku, 1, 'tok_slow'));
    const refused = { status: 409, body: { type: 'urn:problem-type:orders-open', open: 1 } };
    expect(await erase(customer.id)).toMatchObject(refused);
    expect(await erase(customer.id, {})).toMatchObject(refused);
    await shop.waitUntilEnded(id);
    expect(await shop.order(id)).toMatchObject({ customerId: customer.id });
  });

  test('may place orders at the same time: each is whole, erased or not', async () => {
    const customer = createCustomer();
    const sku = await shop.createProduct({ stock: 100 });
    const placed: AcceptedOrder[] = [];
    const place = async (): Promise<void> => {
      const response = await customer.client.tryPlace(createOrderRequest(sku));
      if (response.status === 202) placed.push(response.body);
    };
    const erasures: number[] = [];
    const eraseOnce = async (): Promise<void> => void erasures.push((await erase(customer.id)).status);
    await Promise.all([place(), eraseOnce(), place(), place(), eraseOnce(), place(), place()]);
    expect(erasures.every((status) => status === 200 || status === 409)).toBe(true);
    for (const { id } of placed) await shop.waitUntilEnded(id);
    expect(await erase(customer.id)).toMatchObject({ status: 200 });
    await waitForQueues();
    expect(await findInDatabases(customer.canary)).toEqual([]);
  });

  test('is named in no row of the operator log', async () => {
    const customer = createCustomer();
    const withId = { expect: 1, reason: `erase ${customer.id}` };
    expect(await erase(customer.id, withId)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '#/reason' }] },
    });
    expect(await erase(customer.id, { expect: 1 })).toMatchObject({ status: 422 });
    const { body } = await erase(customer.id);
    const rows = await query(
      'order',
      'SELECT operator, reason, subject FROM operator_log WHERE request_id = $1',
      [body.requestId],
    );
    expect(rows).toEqual([{ operator: 'wei', reason, subject: expect.stringMatching(/^erased-/) as string }]);
  });

  test('is counted by `ops customer erase` without --yes', async () => {
    const customer = createCustomer();
    const sku = await shop.createProduct({ stock: 1 });
    const { id } = await customer.client.place(createOrderRequest(sku));
    await shop.waitUntilEnded(id);
    const printed: string[] = [];
    const run = (...options: string[]): Promise<number> =>
      runOps(
        ['customer', 'erase', customer.id, ...options],
        { OPS_ORDER_URL: urls.order, OPS_ACCESS_KEY: JSON.stringify(opened.accessKey) },
        {
          print: (text) => printed.push(text),
          printError: (text) => printed.push(text),
          draw: undefined,
          width: Number.POSITIVE_INFINITY,
          onInterrupt: () => () => {},
        },
      );
    expect(await run()).toBe(0);
    expect(printed.join('\n')).toContain('orders: 1\nidempotency_keys: 1\noutbox: 1\n');
    expect(await shop.order(id)).toMatchObject({ customerId: customer.id });
    expect(await run('--yes')).toBe(2);
    expect(await run('--yes', '--reason', reason)).toBe(0);
    expect(await shop.order(id)).toMatchObject({ customerId: expect.stringMatching(/^erased-/) as string });
  });
});

auditAfterAll(opened);
