import { createOrderRequest } from '../../tools/client/api-types.js';
import {
  type Count,
  type Lesson,
  type LessonContext,
  type LoadExercise,
  type ShopRun,
  violation,
} from '../lesson.js';
import { withSandbox } from '../naive/sandbox.js';
import { type Reserve, reserveByReadThenWrite, STOCK_TABLES } from '../naive/storefront.js';
import { interleave } from './interleave.js';
import { advice, labels, texts } from './texts.js';

const UNITS = 10;
const PAIRS = 10;
const CUSTOMERS = 30;
const SKU = 'PHONE';

export const overselling: Lesson<{ reserve: Reserve }> = {
  number: 12,
  slug: 'overselling',
  texts,
  naive: [
    {
      source: { file: 'lessons/naive/storefront.ts', name: 'reserveByReadThenWrite' },
      run: (context) => sellInPairs(context, () => Promise.resolve({ reserve: reserveByReadThenWrite })),
    },
  ],
  ours,
  exports: ['reserve'],
  check: sellInPairs,
  readNext: [
    'apps/inventory/src/use-cases/reserve-stock.ts',
    'apps/inventory/src/persistence/stock-levels.ts',
    'tools/audit/invariants/s1-stock-counters-add-up.ts',
  ],
};

/** Sells ten units to pairs of buyers. The second buyer of a pair runs between the first two statements of the first. */
function sellInPairs(
  { sandbox: urls }: LessonContext,
  load: LoadExercise<{ reserve: Reserve }>,
): Promise<readonly Count[]> {
  return withSandbox(urls, STOCK_TABLES, async (sandbox) => {
    const observer = sandbox.openSession();
    await observer.query('INSERT INTO stock VALUES ($1, $2)', [SKU, UNITS]);
    // Two instances of the module: two replicas of the program.
    const [first, second] = [await load(), await load()];
    const results: (boolean | Error)[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const buyers = [sandbox.openSession(), sandbox.openSession()] as const;
      results.push(
        ...(await interleave(
          observer,
          [buyers[0], () => first.reserve(buyers[0], SKU, 1)],
          [buyers[1], () => second.reserve(buyers[1], SKU, 1)],
        )),
      );
      await Promise.all(buyers.map((buyer) => buyer.close()));
    }
    const sold = results.filter((result) => result === true).length;
    const error = results.find((result) => result instanceof Error);
    return [
      { label: labels.stock, value: UNITS },
      { label: labels.buyers, value: results.length },
      { label: labels.sold, value: sold },
      violation(labels.oversold, Math.max(0, sold - UNITS), advice.oversold),
      violation(labels.unsold, Math.max(0, UNITS - sold), advice.unsold(error?.message ?? '')),
    ];
  });
}

/** Sells ten units of a new product to thirty customers at the same time. */
async function ours({ shop }: LessonContext): Promise<ShopRun> {
  const sku = await shop.createProduct({ stock: UNITS });
  const placed = await Promise.all(
    Array.from({ length: CUSTOMERS }, () => shop.place(createOrderRequest(sku))),
  );
  const orders = await Promise.all(placed.map(({ id }) => shop.waitUntilEnded(id)));
  const sold = orders.filter(({ status }) => status === 'completed').length;
  return {
    counts: [
      { label: labels.stock, value: UNITS },
      { label: labels.buyers, value: CUSTOMERS },
      { label: labels.sold, value: sold },
      violation(labels.oversold, Math.max(0, sold - UNITS)),
      violation(labels.unsold, Math.max(0, UNITS - sold)),
    ],
    rows: [
      {
        service: 'inventory',
        sql: `SELECT received, available, held, deducted FROM stock_levels WHERE sku = '${sku}'`,
      },
    ],
  };
}
