import { productListed } from '#contracts';
import type { Transaction } from '#database';
import { type Cause, outgoingEvent } from '#messaging';
import { newId } from '#observability';
import { recordActions } from '#operator-log';
import type { Outbox } from '#outbox';
import { lockOrAddProduct, type Product, saveProduct } from '../persistence/products.js';

export type ProductDetails = Omit<Product, 'priceVersion'>;

/**
 * Lists a product, or changes its name or its price. A new price is a new version in the history, so placed orders keep
 * their price. Details equal to the stored ones change no row and publish no event. A change is recorded in the operator
 * log.
 *
 * @param sub who changes the catalogue
 */
export async function listProduct(
  tx: Transaction,
  outbox: Outbox,
  details: ProductDetails,
  cause: Cause,
  sub: string,
): Promise<Product> {
  const before = await lockOrAddProduct(tx, details);
  const isNew = before.priceVersion === 0;
  const isSamePrice =
    !isNew &&
    before.price.amount === details.price.amount &&
    before.price.currency === details.price.currency;
  const isSameName = before.name.en === details.name.en && before.name.zh === details.name.zh;
  if (isSamePrice && isSameName) return before;

  const product = { ...details, priceVersion: isSamePrice ? before.priceVersion : before.priceVersion + 1 };
  await saveProduct(tx, before, product);
  const { sku, priceVersion } = product;
  await outbox.add(tx, [outgoingEvent(productListed, sku, priceVersion, product, cause)]);
  await recordActions(tx, {
    action: 'list product',
    subjects: [sku],
    operator: sub,
    reason: `${isNew ? 'new' : describePrice(before)} → ${describePrice(product)}`,
    requestId: newId(),
  });
  return product;
}

/** In minor units: `12900 CNY`. */
function describePrice({ price: { amount, currency } }: Product): string {
  return `${amount} ${currency}`;
}
