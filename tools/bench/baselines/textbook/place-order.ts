import { z } from 'zod';

export const placeOrder = z.object({
  customerId: z.string().max(64).default('guest'),
  lines: z
    .array(z.object({ sku: z.string(), quantity: z.int().min(1).max(1_000) }))
    .min(1)
    .max(50),
  paymentToken: z.string().startsWith('tok_'),
});

export type PlaceOrder = z.output<typeof placeOrder>;
