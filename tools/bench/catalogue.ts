import { setTimeout as delay } from 'node:timers/promises';
import { type HttpAnswer, request } from '../client/http-request.js';

const AT_ONCE = 8;
const HEARD_WITHIN_MS = 30_000;

/** Lists products over REST, waits until inventory has heard of them through its queue, and books goods for each. */
export async function listProducts(
  urls: { readonly order: string; readonly inventory: string },
  skus: readonly string[],
  quantity: number,
): Promise<void> {
  const left = [...skus];
  const lister = async (): Promise<void> => {
    for (let sku = left.pop(); sku !== undefined; sku = left.pop()) {
      const product = { name: { en: sku, zh: sku }, price: { amount: 1_000, currency: 'CNY' } };
      mustSucceed(`PUT /products/${sku}`, await send('PUT', `${urls.order}/products/${sku}`, product));
      await receive(urls.inventory, sku, quantity);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lister));
}

/** Books goods that have come in, once per SKU. */
export async function receive(inventoryUrl: string, sku: string, quantity: number): Promise<void> {
  const url = `${inventoryUrl}/stock/${sku}/receipts`;
  const giveUpAt = performance.now() + HEARD_WITHIN_MS;
  for (;;) {
    const answer = await send('POST', url, { quantity });
    if (answer.status !== 404 || performance.now() > giveUpAt) return mustSucceed(`POST ${url}`, answer);
    await delay(50);
  }
}

function send(method: string, url: string, body: object): Promise<HttpAnswer> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'bench' };
  return request(url, { method, headers, body: JSON.stringify(body), timeoutMs: 10_000 });
}

function mustSucceed(what: string, { status, body }: HttpAnswer): void {
  if (status >= 300) throw new Error(`${what}: ${status} ${body}`);
}
