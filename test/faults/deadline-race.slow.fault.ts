import { setTimeout as pause } from 'node:timers/promises';

import { expect, onTestFinished, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

const DEADLINE_MS = 2_000;
const ROUNDS = 10;
/** Offsets of the authorization from the deadline, shuffled. Deadlines are checked every 500 ms. */
const OFFSETS_MS = Array.from({ length: 20 }, (_, index) => ((index * 7) % 20) * 30 - 285);
const ORDERS_PER_OFFSET = 5;

const shortDeadline = { ORDER_DEADLINE_MS: String(DEADLINE_MS) };
const environment = await startFaultEnvironment({
  // Only the gateway's delay decides the time of a response, so no request may wait for a free slot.
  env: {
    order: shortDeadline,
    payment: { PAYMENT_GATEWAY_CONCURRENCY: '200', PAYMENT_GATEWAY_TIMEOUT_MS: '10000' },
  },
});
const { clients, shop } = environment;
const orderRequest = createOrderRequest(await shop.createProduct({ stock: 100_000 }));

/** The transition that ended an order's `pending` status, and the number of these transitions. */
interface Decision {
  readonly status: string;
  readonly decidedBy: string | null;
  readonly decisions: number;
  readonly payment: string;
}

function readDecisions(ids: readonly string[]): Promise<Decision[]> {
  return environment.query<Decision>(
    'order',
    `SELECT o.status, o.payment,
            min(t.trigger) FILTER (WHERE t.from_status = 'pending' AND t.to_status <> 'pending') AS "decidedBy",
            (count(*) FILTER (WHERE t.from_status = 'pending' AND t.to_status <> 'pending'))::integer AS decisions
     FROM orders AS o JOIN order_transitions AS t ON t.order_id = o.id
     WHERE o.id = ANY ($1)
     GROUP BY o.id`,
    [ids],
  );
}

const hasEnded = ({ status }: Decision): boolean => status === 'completed' || status === 'cancelled';

/** Places orders whose payment is authorized near their deadline; the customer cancels one of each five. */
async function raceAt(authorizedAfterMs: number): Promise<Decision[]> {
  const ids: string[] = [];
  const cancelling: Promise<unknown>[] = [];
  const cancelAt = async (id: string, afterMs: number): Promise<void> => {
    await pause(afterMs);
    await shop.cancel(id);
  };
  for (const offsetMs of OFFSETS_MS) {
    await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: authorizedAfterMs + offsetMs } });
    const placed = await clients.placeMany(orderRequest, ORDERS_PER_OFFSET);
    ids.push(...placed);
    const cancelled = cancelAt(placed[0]!, authorizedAfterMs - offsetMs);
    cancelled.catch(() => {}); // awaited after the last order is placed
    cancelling.push(cancelled);
  }
  await Promise.all(cancelling);
  const all = (decisions: Decision[]): boolean =>
    decisions.length === ids.length && decisions.every(hasEnded);
  return waitUntil('the end of all orders', () => readDecisions(ids), all, {
    timeoutMs: 60_000,
    checkIntervalMs: 100,
  });
}

test('a deadline that races an authorization has one winner', async () => {
  await environment.assertSurvives(async () => {
    onTestFinished(() => shop.setGatewayModes({}));
    const other = await environment.startReplica('order', shortDeadline);
    const decisions: Decision[] = [];
    let authorizedAfterMs = DEADLINE_MS;
    for (let round = 0; round < ROUNDS; round++) {
      const ended = await raceAt(authorizedAfterMs);
      decisions.push(...ended);
      // The side that won more often on this machine starts later in the next round.
      const late = ended.filter(({ decidedBy }) => decidedBy === 'deadline_passed').length;
      authorizedAfterMs += 300 - (600 * late) / ended.length;
    }
    await other.stop();

    const wonBy = (...triggers: readonly string[]): Decision[] =>
      decisions.filter(({ decidedBy }) => decidedBy !== null && triggers.includes(decidedBy));
    expect(decisions).toHaveLength(ROUNDS * OFFSETS_MS.length * ORDERS_PER_OFFSET);
    expect(decisions.filter(({ decisions }) => decisions !== 1)).toEqual([]);
    // Proof of a race: authorization, deadline and customer each won, and the deadline also before an authorization.
    const onTime = wonBy('payment.authorized', 'stock.held'); // the later of the two
    const late = wonBy('deadline_passed');
    const unwanted = wonBy('customer_cancelled');
    expect(onTime.length).toBeGreaterThan(100);
    expect(late.length).toBeGreaterThan(100);
    expect(unwanted.length).toBeGreaterThan(0);
    expect(onTime.length + late.length + unwanted.length).toBe(decisions.length);
    for (const { status, payment } of [...late, ...unwanted])
      expect({ status, payment }).toEqual({ status: 'cancelled', payment: 'voided' });
    expect(onTime.filter(({ status }) => status === 'completed').length).toBeGreaterThan(100);
  });
});
