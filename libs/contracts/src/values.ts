import { z } from 'zod';

/** The most lines an order may have. */
export const linesMax = 50;

/** The most units one line of an order may ask for. */
export const quantityMax = 1_000;

/** The most units of one SKU that an order can come to, when every line names the same one. */
const skuQuantityMax = linesMax * quantityMax;

/** The most units of one SKU that there can ever be. */
const availableMax = 1_000_000_000;

/** The largest amount of money in minor units. It has fewer digits than any payment card number. */
export const amountMax = 999_999_999_999;

/** What a database's `integer` can count. */
const countMax = 2_147_483_647;

/** One line of text without control characters or lone surrogates, which some reader or other cannot store. */
function text(lengthMax: number) {
  return z
    .string()
    .min(1)
    .max(lengthMax)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u);
}

/** In small letters, however it was written: as text, the same UUID must be the same. */
export const orderId = z.uuid().toLowerCase().describe('The order, by its UUID.');

export const customerId = text(64).describe('The customer, as the shop knows them.');

export const sku = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9-]{0,39}$/)
  .describe('The stock keeping unit: capital letters, digits and dashes.');

export const productName = z
  .object({ en: text(100), zh: text(100) })
  .describe('What the product is called, in English and in Chinese.');

export const amount = z.int().min(0).max(amountMax).describe('In minor units of the currency: 分 for CNY.');

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('ISO 4217.');

export const money = z.object({ amount, currency });

export const priceVersion = z.int().min(1).max(countMax).describe('Which of the prices the SKU has had.');

export const quantity = z.int().min(1).max(quantityMax).describe('Units asked for.');

/** Units of one SKU at the price it was sold for, in the currency of the order's total. */
export const orderLine = z.object({ sku, quantity, unitPrice: amount, priceVersion });

/** Units of one SKU that were promised to an order, whichever of its lines asked for them. */
export const stockLine = z.object({ sku, quantity: z.int().min(1).max(skuQuantityMax) });

/** More of one SKU is asked for than is available. */
export const shortage = z.object({
  sku,
  requested: z.int().min(1).max(skuQuantityMax),
  available: z.int().min(0).max(availableMax),
});

export const cancellationReason = z.enum([
  'out_of_stock',
  'payment_declined',
  'payment_failed',
  'customer_request',
  'timed_out',
]);

export const paymentToken = z
  .string()
  .regex(/^tok_[A-Za-z0-9_]{1,96}$/)
  .describe('Stands for a means of payment at the gateway. Never a card number.');

export const gatewayReference = z
  .string()
  .regex(/^[!-~]{1,100}$/)
  .describe('The id that the payment gateway gave.');

export const gatewayReason = text(200).describe(
  "The gateway's reason: a code of its own, where it gave one.",
);

export const instant = z.iso.datetime().max(30).describe('RFC 3339, in UTC.');
