import { z } from 'zod';

/**
 * A text from outside that is safe to store and to show: without control characters, between `min` (default 1) and
 * `max` UTF-16 code units. (NUL and lone surrogates never come this far: the body was strict JSON.)
 */
export function safeText({ min = 1, max }: { min?: number; max: number }) {
  return z
    .string()
    .min(min)
    .max(max)
    .regex(/^\P{Cc}*$/u, { error: 'must not hold control characters' });
}
