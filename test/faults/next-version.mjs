// Turns a service into its next version: NODE_OPTIONS=--import=… loads this file, which edits compiled files as they are
// loaded. NEXT_VERSION selects the edits.
import { register } from 'node:module';
import { env } from 'node:process';
import { isMainThread } from 'node:worker_threads';

/**
 * Text replacements by the end of a file's path.
 * @type {Record<string, Record<string, [before: string, after: string][]>>}
 */
const versions = {
  // The contract has one more optional field, which the producer sends.
  'optional-member': {
    'libs/contracts/src/events/order-placed.js': [
      ['paymentToken,', 'paymentToken, giftMessage: z.string().max(200).optional(),'],
    ],
    'apps/order/src/use-cases/place-orders.js': [
      [
        'paymentToken: orderRequest.paymentToken,',
        "paymentToken: orderRequest.paymentToken, giftMessage: '生日快乐',",
      ],
    ],
  },
  // A breaking change: a field is renamed. The new contract version is added to the old one; the producer sends the new
  // version, and its consumer accepts both.
  'new-type': {
    'libs/contracts/src/events/stock-held.js': [
      [
        'export const stockHeld =',
        `export const stockHeldV2 = defineEvent({
           name: 'stock.held', version: 2, producer: 'inventory', subject: 'order', description: 'The goods are held.',
           data: z.object({ orderId, goods: z.array(stockLine).min(1).max(linesMax) }),
           example: { orderId: exampleOrder.orderId, goods: exampleStockLines },
         });
         export const stockHeld =`,
      ],
    ],
    'libs/contracts/src/event-contracts.js': [
      ['import { stockHeld }', 'import { stockHeld, stockHeldV2 }'],
      ['    stockHeld,', '    stockHeld, stockHeldV2,'],
    ],
    'libs/contracts/src/subscriptions.js': [
      ['import { stockHeld }', 'import { stockHeld, stockHeldV2 }'],
      ['    stockHeld,', '    stockHeld, stockHeldV2,'],
    ],
    'apps/inventory/src/messaging/order-processing.consumer.js': [
      [
        'event.data, causedBy',
        'event.name === "stock.held" ? { orderId: event.data.orderId, goods: event.data.lines } : event.data, causedBy',
      ],
    ],
  },
};

const edits = Object.entries(versions[env['NEXT_VERSION'] ?? ''] ?? {});
if (edits.length === 0) throw new Error(`unknown NEXT_VERSION ${env['NEXT_VERSION']}`);
if (isMainThread) register(import.meta.url);

/**
 * @param {string} url
 * @param {object} context
 * @param {(url: string, context: object) => Promise<{ readonly source?: unknown }>} nextLoad
 */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const [, replacements = []] = edits.find(([path]) => url.endsWith(`/dist/${path}`)) ?? [];
  if (replacements.length === 0) return loaded;
  const source = replacements.reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`${url} does not contain ${before}`);
    return text.replace(before, after);
  }, String(loaded.source));
  return { ...loaded, source };
}
