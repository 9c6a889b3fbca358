import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';
import { wishFor, serviceNames } from '../../tools/client/api-types.js';
import { until } from '../../tools/client/wait-until.js';
import { BreakableShop } from './breakable-shop.js';
import { Wiretap } from './wiretap.js';

const GONE = 'degraded: not connected to the broker';
const IN_ALARM = 'degraded: the broker is in alarm and takes no messages';
const CAP = 100;
/** As many as may be accepted in the second until the outbox is looked at again. */
const CAP_AT_MOST = CAP + 2_000;
const MEGABYTE = 1024 * 1024;

const faults = await BreakableShop.open({
  servers: 'own',
  env: { order: { ORDER_OUTBOX_PENDING_MAX: String(CAP) } },
});
const { platform, customers, shop } = faults;
const wish = wishFor(await shop.newProduct({ stock: 1_000_000 }));

async function completed(ids: readonly string[]): Promise<void> {
  for (const id of ids) expect(await shop.ended(id)).toMatchObject({ status: 'completed' });
}

/** Of the process that runs the order service; 0 where the system does not say. */
async function memoryOfOrder(): Promise<number> {
  const status = await readFile(`/proc/${platform.processes.order.pid}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

async function unpublished(): Promise<number> {
  const sql = 'SELECT count(*)::integer AS count FROM outbox WHERE published_at IS NULL';
  return (await faults.query<{ count: number }>('order', sql))[0]?.count ?? 0;
}

/** Orders that came to a consumer, whatever it made of them. */
async function heardBy(service: 'inventory' | 'payment', ids: readonly string[]): Promise<number> {
  const sql = `SELECT count(*)::integer AS count FROM inbox WHERE type = 'order.placed.v1' AND subject = ANY ($1)`;
  return (await faults.query<{ count: number }>(service, sql, [ids]))[0]?.count ?? 0;
}

test('a broker that crashes under load and starts again has lost nothing', async () => {
  await faults.survives(async () => {
    const ids = await customers.placeDuring(wish, async () => {
      await faults.broker.kill();
      await faults.untilHealth(serviceNames, GONE);
      await faults.broker.start();
      await faults.untilHealth(serviceNames, 'ok');
    });
    await completed(ids);
  });
});

test('while the broker is down orders are accepted until the outbox is full, then refused with 503 and Retry-After; in bounded memory', async () => {
  await faults.survives(async () => {
    const before = await memoryOfOrder();
    await faults.broker.stop();
    await faults.untilHealth(serviceNames, GONE);
    const ids: string[] = [];
    const refused = await untilRefused(ids);
    expect(ids.length).toBeGreaterThanOrEqual(CAP);
    expect(await unpublished()).toBeLessThanOrEqual(CAP_AT_MOST);
    expect((await memoryOfOrder()) - before).toBeLessThan(100 * MEGABYTE);
    const again = await shop.tryToPlace(wish, refused);
    expect(again).toMatchObject({ status: 503, body: { type: 'urn:problem-type:outbox-full' } });
    expect(again.headers.get('retry-after')).toMatch(/^\d+$/);

    await faults.broker.start();
    await completed([...ids, await customers.place(wish, refused)]);
  });
});

/** Places orders, one after the other, until one is refused; resolves to its key. */
async function untilRefused(ids: string[]): Promise<string> {
  for (;;) {
    const key = randomUUID();
    const answer = await customers.tryToPlace(wish, key);
    if (answer?.status === 503) return key;
    ids.push(await customers.place(wish, key));
  }
}

test.each([
  {
    alarm: 'memory',
    raise: ['set_vm_memory_high_watermark', '0.000001'],
    clear: ['set_vm_memory_high_watermark', '0.4'],
  },
  {
    alarm: 'disk',
    raise: ['set_disk_free_limit', '100000GB'],
    clear: ['set_disk_free_limit', '50MB'],
  },
])(
  'while the broker is in an alarm ($alarm) nothing more is sent to it, what it has is consumed, and orders are accepted',
  async ({ raise, clear }) => {
    await faults.survives(async () => {
      await platform.processes.inventory.stop();
      const sentBefore = await customers.placeMany(wish, 20);
      await until('all of them sent', unpublished, (count) => count === 0);
      await faults.brokerCtl(...raise);
      try {
        // The broker says that it is in alarm to those who publish, and it may take what it was just being sent.
        const first = await customers.place(wish);
        await faults.untilHealth(['order'], IN_ALARM);
        const tap = await Wiretap.listen(platform.rabbitmqUrl);
        const during = await customers.placeMany(wish, 20);
        await platform.processes.inventory.start();
        const heard = (): Promise<number> => heardBy('inventory', sentBefore);
        await until('inventory has heard them', heard, (count) => count === sentBefore.length);
        const events = await faults.placedEvents(during);
        expect(events.filter(({ id, isPublished }) => isPublished || tap.hasHeard(id))).toEqual([]);
        during.push(first);
        sentBefore.push(...during);
      } finally {
        await faults.brokerCtl(...clear);
      }
      await completed(sentBefore);
      await faults.untilHealth(serviceNames, 'ok');
    });
  },
);

test('a handler that takes longer than the broker waits for loses its channel, subscribes again, and has its effect once', async () => {
  await faults.survives(async () => {
    await faults.brokerCtl(
      'eval',
      'application:set_env(rabbit, consumer_timeout, 1000), application:set_env(rabbit, channel_tick_interval, 500).',
    );
    faults.link('inventory', 'broker').reset(); // the limit counts for channels opened from now on
    await faults.untilHealth(['inventory'], GONE).catch(() => {});
    await faults.untilHealth(['inventory'], 'ok');
    const blocker = await faults.connect('inventory');
    await blocker.query('BEGIN');
    await blocker.query('SELECT FROM stock_levels FOR UPDATE');
    const timedOut = (): Promise<number> => faults.countLogged('inventory', 'consuming channel failed');
    const before = await timedOut();
    const ids = await customers.placeMany(wish, 10);
    await until('a channel that the broker closes', timedOut, (count) => count > before);
    await blocker.end();
    await completed(ids);
    await faults.brokerCtl(
      'eval',
      'application:set_env(rabbit, consumer_timeout, 1800000), application:set_env(rabbit, channel_tick_interval, 60000).',
    );
  });
});
