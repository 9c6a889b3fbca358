import { setTimeout as delay } from 'node:timers/promises';
import { type HttpResponse, request } from '../client/http-request.js';

const CONCURRENCY = 8;
const LISTING_TIMEOUT_MS = 30_000;

/** Lists products over REST, waits until inventory has heard of them through its queue, and books goods for each. */
export async function listProducts(
  urls: { readonly order: string; readonly inventory: string },
  skus: readonly string[],
  quantity: number,
): Promise<void> {
  const remaining = [...skus];
  const lister = async (): Promise<void> => {
    for (let sku = remaining.pop(); sku !== undefined; sku = remaining.pop()) {
      const product = { name: { en: sku, zh: sku }, price: { amount: 1_000, currency: 'CNY' } };
      assertSuccess(`PUT /products/${sku}`, await send('PUT', `${urls.order}/products/${sku}`, product));
      await receiveGoods(urls.inventory, sku, quantity);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lister));
}

/** Books goods that have come in, once per SKU. */
export async function receiveGoods(inventoryUrl: string, sku: string, quantity: number): Promise<void> {
  const url = `${inventoryUrl}/stock/${sku}/receipts`;
  const giveUpAt = performance.now() + LISTING_TIMEOUT_MS;
  for (;;) {
    const response = await send('POST', url, { quantity });
    if (response.status !== 404 || performance.now() > giveUpAt)
      return assertSuccess(`POST ${url}`, response);
    await delay(50);
  }
}

function send(method: string, url: string, body: object): Promise<HttpResponse> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'bench' };
  return request(url, { method, headers, body: JSON.stringify(body), timeoutMs: 10_000 });
}

function assertSuccess(what: string, { status, body }: HttpResponse): void {
  if (status >= 300) throw new Error(`${what}: ${status} ${body}`);
}
