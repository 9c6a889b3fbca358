/** Money in minor units (分, cents) of an ISO 4217 currency. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** The current price of a SKU, and its version in the append-only price history. */
export interface Price {
  readonly price: Money;
  readonly priceVersion: number;
}

export interface RequestedLine {
  readonly sku: string;
  readonly quantity: number;
}

/** A line with the price version it was sold at, so that the audit can recompute the total. */
export interface PricedLine extends RequestedLine {
  /** In minor units of the total's currency. */
  readonly unitPrice: number;
  readonly priceVersion: number;
}

export type Pricing =
  | { readonly outcome: 'priced'; readonly lines: readonly PricedLine[]; readonly total: Money }
  | { readonly outcome: 'refused'; readonly refusal: PricingRefusal };

/** `lines` are indexes of requested lines, from 0. */
export type PricingRefusal =
  | { readonly reason: 'unknown_sku'; readonly lines: readonly number[] }
  /** The lines with another currency than the first line. */
  | { readonly reason: 'mixed_currencies'; readonly lines: readonly number[] }
  | { readonly reason: 'total_out_of_range' };

/** The largest total of an order, in minor units. Every partial sum up to it is an exact integer. */
export const totalAmountMax = 999_999_999_999;

/**
 * Prices the requested lines by the catalogue; the customer never sends a price. Lines keep their order, and two lines on
 * one SKU stay two lines.
 *
 * @param lines at least one
 * @param prices by SKU
 */
export function priceOrder(lines: readonly RequestedLine[], prices: ReadonlyMap<string, Price>): Pricing {
  const unknown = findIndexes(lines, ({ sku }) => !prices.has(sku));
  if (unknown.length > 0) return refuse({ reason: 'unknown_sku', lines: unknown });

  const found = lines.flatMap(({ sku, quantity }) => {
    const current = prices.get(sku);
    return current ? [{ sku, quantity, ...current }] : [];
  });
  const currency = found[0]?.price.currency;
  const foreign = findIndexes(found, ({ price }) => price.currency !== currency);
  if (foreign.length > 0) return refuse({ reason: 'mixed_currencies', lines: foreign });

  const amount = found.reduce((sum, { price, quantity }) => sum + price.amount * quantity, 0);
  if (currency === undefined || amount < 1 || amount > totalAmountMax) {
    return refuse({ reason: 'total_out_of_range' });
  }
  const priced = found.map(({ sku, quantity, price, priceVersion }) => ({
    sku,
    quantity,
    unitPrice: price.amount,
    priceVersion,
  }));
  return { outcome: 'priced', lines: priced, total: { amount, currency } };
}

function refuse(refusal: PricingRefusal): Pricing {
  return { outcome: 'refused', refusal };
}

function findIndexes<Item>(items: readonly Item[], matches: (item: Item) => boolean): readonly number[] {
  return items.flatMap((item, index) => (matches(item) ? [index] : []));
}
