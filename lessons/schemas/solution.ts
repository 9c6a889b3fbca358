import { z } from 'zod';
import type { VersionedEvent } from '../naive/points.js';

const versions = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('order.completed.v1'),
    data: z.object({ total: z.object({ amount: z.int() }) }),
  }),
  z.object({ type: z.literal('order.completed.v2'), data: z.object({ totalAmount: z.int() }) }),
]);

/** A schema per version: an unknown version or a missing member is an error, never a default. */
export function readPoints(event: VersionedEvent): number {
  const { type, data } = versions.parse(event);
  return (type === 'order.completed.v1' ? data.total.amount : data.totalAmount) / 100;
}
