import { z } from 'zod';

/**
 * A schema for client text that is safe to store and to display: no control characters, and `min` to `max` UTF-16 code
 * units. Strict JSON already rejects NUL and lone surrogates.
 *
 * @param options.min shortest length; default 1
 * @param options.max longest length; required
 */
export function safeText({ min = 1, max }: { min?: number; max: number }) {
  return z
    .string()
    .min(min)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, { error: 'must not contain control characters' });
}
