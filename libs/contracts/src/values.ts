import { z } from 'zod';

/** Maximum of lines in an order. */
export const linesMax = 50;

/** Maximum of units in one line of an order. */
export const quantityMax = 1_000;

/** Maximum of units of one SKU in an order: every line has the same SKU. */
const skuQuantityMax = linesMax * quantityMax;

/** Maximum of units of one SKU in stock. */
const availableMax = 1_000_000_000;

/** Maximum amount of money, in minor units. It has fewer digits than a payment card number. */
export const amountMax = 999_999_999_999;

/** Maximum of PostgreSQL's `integer`. */
const countMax = 2_147_483_647;

/** One line of text without control characters and lone surrogates, which PostgreSQL and terminals may reject. */
function text(lengthMax: number) {
  return z
    .string()
    .min(1)
    .max(lengthMax)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u);
}

/** A UUID, converted to lower case: equal UUIDs are equal texts. */
export const orderId = z.uuid().toLowerCase().describe('The order, by its UUID.');

/** A customer's id in the shop, 1 to 64 characters. */
export const customerId = text(64).describe('The customer, as the shop knows them.');

/** Maximum of orders in one `customer.erased`. */
export const ordersErasedMax = 500;

/** Replaces the id of an erased customer: random, and stored nowhere beside that id. */
export const pseudonym = z
  .string()
  .regex(/^erased-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  .describe('Replaces the id of the customer.');

/** Recognises a customer by its id, without containing the id; see `digestCustomer`. */
export const customerDigest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256 of pseudonym, a colon and the id of the customer, in hexadecimal.');

/** A stock keeping unit, 1 to 40 characters. */
export const sku = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9-]{0,39}$/)
  .describe('The stock keeping unit: capital letters, digits and dashes.');

/** A product's name in both languages, up to 100 characters each. */
export const productName = z
  .object({ en: text(100), zh: text(100) })
  .describe('What the product is called, in English and in Chinese.');

/** An amount of money in minor units, 0 to {@link amountMax}. */
export const amount = z.int().min(0).max(amountMax).describe('In minor units of the currency: 分 for CNY.');

/** An ISO 4217 currency code. */
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('ISO 4217.');

/** An amount with its currency. */
export const money = z.object({ amount, currency });

/** The version of a SKU's price, from 1. */
export const priceVersion = z.int().min(1).max(countMax).describe('Which of the prices the SKU has had.');

/** Units in one line, 1 to {@link quantityMax}. */
export const quantity = z.int().min(1).max(quantityMax).describe('Units asked for.');

/** Units of one SKU at their price, in the currency of the order's total. */
export const orderLine = z.object({ sku, quantity, unitPrice: amount, priceVersion });

/** Units of one SKU in an order, summed over its lines. */
export const stockLine = z.object({ sku, quantity: z.int().min(1).max(skuQuantityMax) });

/** A SKU of which an order requests more units than are available. */
export const shortage = z.object({
  sku,
  requested: z.int().min(1).max(skuQuantityMax),
  available: z.int().min(0).max(availableMax),
});

/** Why an order is cancelled. */
export const cancellationReason = z.enum([
  'out_of_stock',
  'payment_declined',
  'payment_failed',
  'customer_request',
  'timed_out',
]);

/** A token of the payment gateway. Its prefix `tok_` excludes card numbers. */
export const paymentToken = z
  .string()
  .regex(/^tok_[A-Za-z0-9_]{1,96}$/)
  .describe('Stands for a means of payment at the gateway. Never a card number.');

/** An id that the payment gateway has issued, 1 to 100 printable ASCII characters. */
export const gatewayReference = z
  .string()
  .regex(/^[!-~]{1,100}$/)
  .describe('The id that the payment gateway gave.');

/** The gateway's reason for a refusal, 1 to 200 characters. */
export const gatewayReason = text(200).describe(
  "The gateway's reason: a code of its own, where it gave one.",
);

/** A point in time, RFC 3339 in UTC. */
export const instant = z.iso.datetime().max(30).describe('RFC 3339, in UTC.');
