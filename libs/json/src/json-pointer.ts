import { hasCardNumber } from './card-number.js';

/** As much of a member name as is worth reading; by code points, so that no character is cut in two. */
const READABLE = /^.{0,64}/su;

/**
 * One step of an RFC 6901 JSON pointer, with its slash. A name that holds a card number appears with every digit
 * as `*`, and a long one is cut, so that a pointer may be logged; such a pointer is for people only.
 */
export function referenceToken(key: string | number): string {
  if (typeof key === 'number') return `/${key}`;
  const masked = hasCardNumber(key) ? key.replaceAll(/\d/g, '*') : key;
  const start = READABLE.exec(masked)?.[0] ?? '';
  const readable = start.length < masked.length ? `${start}…` : masked;
  return `/${readable.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
