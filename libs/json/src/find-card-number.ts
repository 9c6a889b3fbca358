import { hasCardNumber } from './card-number.js';
import { referenceToken } from './json-pointer.js';

/** The smallest number with as many digits as a card number. */
const CARD_NUMBER_MIN = 1e12;

/** A value still to be looked at, and the member name it stands under, if it does. */
interface Pending {
  readonly value: unknown;
  readonly name: string;
  readonly pointer: string;
}

/**
 * Finds payment card numbers in a parsed JSON value, so that a request carrying one can be refused before anything
 * is stored or logged. Looks at every string, member name and whole number; `hasCardNumber` has the rule for what
 * counts as a card number. Never recursive, so any depth that could be parsed can be searched.
 *
 * @returns the JSON pointer (RFC 6901, `''` for a bare value) of the first one, or undefined; a member name that
 *   holds a card number appears in it with every digit as `*`, so that the pointer can be logged and answered
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
