import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import {
  type OrderSummary,
  type Page,
  type Product,
  type StockLevel,
  type Transition,
  createOrderRequest,
  type ProcessName,
} from '../../tools/client/api-types.js';
import { auditAfterAll, isExternal, openShop } from './open-shop.js';

const opened = openShop();
const { shop } = opened;
const sku = await shop.createProduct({ stock: 1_000 });
const orderRequest = createOrderRequest(sku);

afterEach(() => shop.setGatewayModes({}));

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('every event stream has the whole history and ends', async () => {
  const { id } = await shop.place(orderRequest);
  const [early, alsoEarly] = await Promise.all([collect(shop.steps(id)), collect(shop.steps(id))]);
  const late = await collect(shop.steps(id));
  const { history } = await shop.order(id);

  expect(early.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
  expect(early[0]).toMatchObject({
    trigger: 'placed',
    from: null,
    to: 'pending',
  } satisfies Partial<Transition>);
  expect(early.at(-1)).toMatchObject({ to: 'completed' });
  for (const steps of [alsoEarly, late, history]) expect(steps).toEqual(early);
});

test('a reconnected stream resumes after its last step', async () => {
  const { id } = await shop.place(orderRequest);
  await shop.waitUntilEnded(id);
  const identity = await shop.authorization();
  const stream = (lastEventId: string): Promise<Response> =>
    fetch(`${opened.urls.order}/orders/${id}/events`, {
      headers: { ...identity, 'last-event-id': lastEventId },
    });

  expect((await (await stream('3')).text()).match(/^id: .*$/gm)).toEqual(['id: 4', 'id: 5']);
  expect((await (await stream('not one of ours')).text()).match(/^id: /gm)).toHaveLength(5);
  expect((await stream('5')).status).toBe(204);
});

test('an open stream shows the cancellation', async () => {
  await shop.setGatewayModes({ authorize: { behaviour: 'fail' } });
  const { id } = await shop.place(orderRequest);
  let isCancelled = false;
  const steps: string[] = [];
  for await (const { to, trigger } of shop.steps(id)) {
    steps.push(`${trigger} → ${to}`);
    if (isCancelled) continue;
    isCancelled = true;
    await shop.cancel(id);
    await shop.setGatewayModes({});
  }
  expect(steps).toContain('customer_cancelled → cancelling');
  expect(steps.at(-1)).toBe('payment.voided → cancelled');
});

test('pages list every order once, the newest first', async () => {
  const placed: string[] = [];
  for (let count = 0; count < 7; count += 1) placed.push((await shop.place(orderRequest)).id);
  const newestFirst = placed.toReversed();

  for (const limit of [1, 3, 7]) {
    const found: string[] = [];
    let after = '';
    while (found.length < placed.length) {
      const { items, next }: Page<OrderSummary> = await shop.orders(`?limit=${limit}${after}`);
      expect(items.length).toBeLessThanOrEqual(limit);
      found.push(...items.map(({ id }) => id));
      expect(next).not.toBeNull();
      after = `&after=${next}`;
    }
    expect(found.slice(0, placed.length)).toEqual(newestFirst);
  }
  for (const id of placed) await shop.waitUntilEnded(id);
});

test('the last page has no cursor', async ({ skip }) => {
  skip(isExternal, 'a given shop may have very many orders');
  const shown: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: Page<OrderSummary> = await shop.orders(`?limit=100${after && `&after=${after}`}`);
    shown.push(...page.items.map(({ id }) => id));
    after = page.next;
  }
  expect(shown).toEqual([...new Set(shown)].toSorted().toReversed());
  expect(shown).toEqual(expect.arrayContaining(shop.acceptedIds));
});

test('orders can be listed by status', async () => {
  const completed = await shop.place(orderRequest);
  await shop.waitUntilEnded(completed.id);
  const declined = await shop.place({ ...orderRequest, paymentToken: 'tok_declined' });
  await shop.waitUntilEnded(declined.id);

  const pages = await Promise.all([shop.orders('?status=completed'), shop.orders('?status=cancelled')]);
  expect(pages[0].items.map(({ id }) => id)).toContain(completed.id);
  expect(pages[1].items.map(({ id }) => id)).toContain(declined.id);
  for (const [index, status] of ['completed', 'cancelled'].entries()) {
    expect(new Set(pages[index]?.items.map((order) => order.status))).toEqual(new Set([status]));
  }
});

test('pages list every SKU once', async () => {
  for (const [service, path] of [
    ['order', '/products'],
    ['inventory', '/stock'],
  ] as const) {
    const found: string[] = [];
    let after = '';
    for (let next: string | null = ''; next !== null; after = `&after=${next}`) {
      const response = await shop.request<Page<Product | StockLevel>>(
        service,
        'GET',
        `${path}?limit=5${after}`,
      );
      found.push(...response.body.items.map((item) => item.sku));
      ({ next } = response.body);
    }
    expect(found).toContain(sku);
    expect(new Set(found).size).toBe(found.length);
  }
});

test('every service is live, ready and lists its checks', async () => {
  for (const service of ['order', 'inventory', 'payment'] as const) {
    expect(await shop.request(service, 'GET', '/health/live')).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
    expect(await shop.request(service, 'GET', '/health/ready')).toMatchObject({
      status: 200,
      // Other spec files may leave dead letters, which raise an alarm.
      body: { checks: { database: { status: 'up' }, broker: { status: 'up' }, outbox: { status: 'up' } } },
    });
  }
});

test('every response has a correlation id, every order the client’s', async () => {
  const correlationId = `e2e-${randomUUID()}`;
  const response = await shop.tryPlace(orderRequest, undefined, { 'x-correlation-id': correlationId });
  expect(response.correlationId).toBe(correlationId);
  expect(await shop.waitUntilEnded(response.body.id)).toMatchObject({ correlationId });
  expect((await shop.request('order', 'GET', '/nothing')).headers.get('x-correlation-id')).toMatch(
    /^[\w-]+$/,
  );
});

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { properties?: object } }>>;
  };
}

const routes: Readonly<Record<ProcessName, readonly string[]>> = {
  order: [
    'post /orders',
    'get /orders',
    'get /orders/{id}',
    'post /orders/{id}/cancel',
    'get /orders/{id}/events',
    'get /products',
    'put /products/{sku}',
  ],
  inventory: ['get /stock', 'get /stock/{sku}', 'post /stock/{sku}/receipts'],
  payment: ['get /payments/{orderId}', 'post /operator/payments/{orderId}/refund/retry'],
  'gateway-simulator': ['post /v1/authorizations', 'get /v1/ledger', 'put /v1/modes'],
};

test.each(Object.keys(routes) as ProcessName[])('%s documents its routes at /docs', async (service) => {
  const page = await shop.request(service, 'GET', '/docs');
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining('swagger-ui') as string });

  const { body } = await shop.request<OpenApi>(service, 'GET', '/docs-json');
  const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  );
  expect(operations.map(([route]) => route)).toEqual(
    expect.arrayContaining([...routes[service], 'get /health/live', 'get /health/ready']),
  );
  for (const [route, { summary }] of operations) expect(summary, route).toEqual(expect.any(String));
});

test.each([
  ['order', 'post', '/orders', ['lines', 'paymentToken']],
  ['order', 'put', '/products/{sku}', ['name', 'price']],
  ['inventory', 'post', '/stock/{sku}/receipts', ['quantity']],
] as const)('%s documents the body of %s %s', async (service, method, path, members) => {
  const { body } = await shop.request<OpenApi>(service, 'GET', '/docs-json');
  const operation = body.paths[path]?.[method];
  const schema = operation?.requestBody?.content['application/json']?.schema;
  expect(Object.keys(schema?.properties ?? {}).toSorted()).toEqual([...members]);
  if (method === 'post') {
    expect(operation?.parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', required: true }),
    );
  }
});

auditAfterAll(opened);
