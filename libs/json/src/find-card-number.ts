import { hasCardNumber } from './card-number.js';
import { referenceToken } from './json-pointer.js';

/** The smallest number with as many digits as a card number. */
const CARD_NUMBER_MIN = 1e12;

/** A value to search, and its member name; '' for an array element or the root. */
interface Pending {
  readonly value: unknown;
  readonly name: string;
  readonly pointer: string;
}

/**
 * Finds a payment card number in a parsed JSON value, so that a request with one can be rejected before it is stored or
 * logged. Searches every string, member name and whole number by the rules of `hasCardNumber`. Not recursive, so it
 * searches any depth that can be parsed.
 *
 * @returns the JSON pointer (RFC 6901, `''` for the root) of the first card number, or undefined. Digits of a member name
 *   that contains a card number are masked as `*`, so the pointer may be logged and returned to the client.
 */
export function findCardNumber(value: unknown): string | undefined {
  const pending: Pending[] = [{ value, name: '', pointer: '' }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, name, pointer } = next;
    if (hasCardNumber(name) || scalarHasCardNumber(value)) return pointer;
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, child] of Object.entries(value).toReversed()) {
      pending.push({ value: child, name, pointer: pointer + referenceToken(name) });
    }
  }
  return undefined;
}

function scalarHasCardNumber(value: unknown): boolean {
  if (typeof value === 'string') return hasCardNumber(value);
  if (typeof value !== 'number' || !Number.isInteger(value)) return false;
  return Math.abs(value) >= CARD_NUMBER_MIN && hasCardNumber(String(value));
}
