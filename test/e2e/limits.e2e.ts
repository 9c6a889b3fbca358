import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { auditAfterAll, isExternal, openOwnShop } from './open-shop.js';

const opened = await openOwnShop({
  order: {
    ORDER_CALLER_CONCURRENCY_MAX: '100',
    ORDER_ORDERS_PER_MINUTE: '5',
    ORDER_UNITS_PER_MINUTE: '10000',
    ORDER_DECLINES_PER_MINUTE: '2',
    ORDER_STREAMS_PER_CALLER_MAX: '2',
  },
});
const { shop, urls } = opened;
const tooMany = { status: 429, body: { type: 'urn:problem-type:too-many-requests' } };

describe.skipIf(isExternal)('a customer', () => {
  test('places a limited number of orders, under any key; another one places theirs', async () => {
    const sku = await shop.createProduct({ stock: 100 });
    const [alice, bob] = [shop.as('alice'), shop.as('bob')];
    for (let count = 0; count < 5; count += 1) await alice.place(createOrderRequest(sku));
    const refused = await alice.tryPlace(createOrderRequest(sku), randomUUID());
    expect(refused).toMatchObject(tooMany);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await bob.place(createOrderRequest(sku));
    expect((await alice.orders()).items).toHaveLength(5);
  });

  test('waits after an order of very many units', async () => {
    const sku = await shop.createProduct({ stock: 0 });
    const greedy = shop.as('greedy');
    const lines = Array.from({ length: 20 }, () => ({ sku, quantity: 1_000 }));
    await greedy.place({ lines, paymentToken: 'tok_visa' });
    expect(await greedy.tryPlace(createOrderRequest(sku))).toMatchObject(tooMany);
  });

  test('waits after declined payments', async () => {
    const sku = await shop.createProduct({ stock: 100 });
    const thief = shop.as('thief');
    for (let count = 0; count < 2; count += 1) {
      const { id } = await thief.place(createOrderRequest(sku, 1, 'tok_declined'));
      await thief.waitUntilEnded(id);
    }
    expect(await thief.tryPlace(createOrderRequest(sku, 1, 'tok_visa'))).toMatchObject(tooMany);
  });
});

describe.skipIf(isExternal)('stalled requests', () => {
  const sockets: Socket[] = [];
  afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

  async function readMemory(): Promise<number> {
    const { text } = await shop.request('order', 'GET', '/metrics');
    return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(text)?.[1]) / 1e6;
  }

  /** Opens requests whose bodies never end. Resolves when all but those that one caller may have open are refused. */
  async function stall(count: number): Promise<void> {
    const { authorization } = await shop.as('slow').authorization();
    const { hostname, port } = new URL(urls.order);
    const head = `POST /orders HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\n`;
    let refused = 0;
    for (let opened = 0; opened < count; opened += 1) {
      const socket = connect(Number(port), hostname).on('error', () => {});
      socket.on('data', (bytes) => (refused += bytes.toString().startsWith('HTTP/1.1 429') ? 1 : 0));
      sockets.push(socket);
      await once(socket, 'connect');
      socket.write(`${head}content-length: 16000\r\n\r\n{"lines":[${' '.repeat(15_000)}`);
    }
    await waitUntil(
      `${count - 100} refusals`,
      () => Promise.resolve(refused),
      (found) => found >= count - 100,
    );
  }

  test('1,500 stalled requests add less than 20 MB', async () => {
    await stall(500); // the code of refusals is compiled, and the heap has its working size
    sockets.splice(0).forEach((socket) => socket.destroy());
    const before = await readMemory();
    await stall(1_500);
    expect((await readMemory()) - before).toBeLessThan(20);
    await shop.as('carol').orders();
  });
});

auditAfterAll(opened);
