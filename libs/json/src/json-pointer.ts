import { hasCardNumber } from './card-number.js';

/** The first 64 characters of a member name, by code points, so that no surrogate pair is split. */
const READABLE = /^.{0,64}/su;

/**
 * Returns one reference token of an RFC 6901 JSON pointer, with its slash. Digits of a name with a card number are masked
 * as `*`, and a name over 64 characters is cut, so the pointer may be logged. A masked or cut pointer resolves to no member.
 */
export function referenceToken(key: string | number): string {
  if (typeof key === 'number') return `/${key}`;
  const masked = hasCardNumber(key) ? key.replaceAll(/\d/g, '*') : key;
  const start = READABLE.exec(masked)?.[0] ?? '';
  const readable = start.length < masked.length ? `${start}…` : masked;
  return `/${readable.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
