import { createOrderRequest } from '../../tools/client/api-types.js';
import { type Count, type Lesson, type LessonContext, type ShopRun, violation } from '../lesson.js';
import { ChainProgram, newOrders, type PlaceOrder, placeSynchronously } from '../naive/chain.js';
import { withSandbox } from '../naive/sandbox.js';
import { advice, labels, texts } from './texts.js';

/** Customers with a slow gateway, and again with inventory down. */
const CUSTOMERS = 3;
const GATEWAY_MS = 3_000;

interface Exercise {
  readonly placeOrder: PlaceOrder;
  readonly handleOrder: PlaceOrder;
}

export const syncOrAsync: Lesson<Exercise> = {
  number: 1,
  slug: 'sync-or-async',
  texts,
  naive: [
    {
      source: { file: 'lessons/naive/chain.ts', name: 'placeSynchronously' },
      run: (context) =>
        serveCustomers(context, { placeOrder: placeSynchronously, handleOrder: () => Promise.resolve() }),
    },
  ],
  ours,
  exports: ['placeOrder', 'handleOrder'],
  check: async (context, load) => serveCustomers(context, await load()),
  readNext: [
    'apps/order/src/use-cases/order-intake.ts',
    'docs/explanation/architecture.md',
    'test/e2e/outages.e2e.ts',
  ],
};

/** Serves three customers with a slow gateway and three with inventory down, then works off the queue. */
function serveCustomers(
  context: LessonContext,
  { placeOrder, handleOrder }: Exercise,
): Promise<readonly Count[]> {
  const { shop, control, sandbox: urls } = context;
  return withSandbox(urls, '', async (sandbox) => {
    const program = new ChainProgram(sandbox, shop, await sandbox.declareQueue('orders'));
    const [early, late] = [newOrders(CUSTOMERS), newOrders(CUSTOMERS)];
    await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: GATEWAY_MS } });
    const served = await Promise.all(early.map((order) => program.serve(placeOrder, order)));
    await shop.setGatewayModes({});
    await control.kill('inventory');
    served.push(...(await Promise.all(late.map((order) => program.serve(placeOrder, order)))));
    await program.work(handleOrder);
    await control.start('inventory');
    await program.work(handleOrder);
    const accepted = [...early, ...late].filter((_order, index) => served[index] === undefined);
    const ledgers = await Promise.all(accepted.map(({ id }) => shop.ledger(id)));
    const errors = served.filter((error) => error !== undefined);
    return [
      { label: labels.orders, value: early.length + late.length },
      violation(labels.waited, program.waited.size, advice.waited),
      violation(labels.refused, errors.length, advice.refused(errors[0] ?? '')),
      violation(labels.unpaid, ledgers.filter((entries) => entries.length === 0).length, advice.unpaid),
    ];
  });
}

/** Places three orders with a slow gateway and three with inventory down, and waits until all have completed. */
async function ours({ shop, control }: LessonContext): Promise<ShopRun> {
  const placed: { id: string; durationMs: number; hasWaited: boolean }[] = [];
  const place = async (): Promise<void> => {
    const { id, durationMs } = await shop.place(createOrderRequest('TEA-LONGJING-100G'));
    // The slow gateway adds its entry after its delay: an entry at this time means that the response came later.
    placed.push({ id, durationMs, hasWaited: (await shop.ledger(id)).length > 0 });
  };
  await shop.setGatewayModes({ authorize: { behaviour: 'slow', delayMs: GATEWAY_MS } });
  for (let customer = 0; customer < CUSTOMERS; customer += 1) await place();
  await control.kill('inventory');
  for (let customer = 0; customer < CUSTOMERS; customer += 1) await place();
  await control.start('inventory');
  await shop.setGatewayModes({});
  const orders = await Promise.all(placed.map(({ id }) => shop.waitUntilEnded(id)));
  const sql = `SELECT trigger, to_status, stock, payment, at FROM order_transitions WHERE order_id = '${placed.at(-1)!.id}' ORDER BY version`;
  return {
    counts: [
      { label: labels.orders, value: orders.length },
      { label: labels.slowest, value: Math.round(Math.max(...placed.map(({ durationMs }) => durationMs))) },
      violation(labels.waited, placed.filter(({ hasWaited }) => hasWaited).length),
      violation(labels.refused, 2 * CUSTOMERS - placed.length),
      violation(labels.unpaid, orders.filter(({ payment }) => payment !== 'captured').length),
    ],
    rows: [{ service: 'order', sql }],
  };
}
