import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCardNumber } from './find-card-number.js';

/** Published test numbers of the card schemes, and numbers of the shortest and longest length. */
const cardNumbers = [
  '4111111111111111',
  '5555555555554444',
  '378282246310005',
  '30569309025904',
  '6200000000000005',
  '4222222222222',
  '6304000000000000000',
];
const card = fc.constantFrom(...cardNumbers);
const separated = fc
  .tuple(card, fc.array(fc.constantFrom('', '', ' ', '-', '  ', ' - '), { minLength: 19, maxLength: 19 }))
  .map(([digits, separators]) => Array.from(digits, (digit, i) => digit + (separators[i] ?? '')).join(''))
  .map((text) => text.replace(/[ -]+$/, ''));

describe('a card number is found', () => {
  test.each([
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    'card: 4111111111111111, thanks',
    'pay with 4111111111111111 12/28 123',
    '2 x 12 4111 1111 1111 1111 34',
    '卡号4111111111111111谢谢',
    'tok_4111111111111111',
    'pan=4111111111111111&cvv=123',
    '{"pan":"4111111111111111"}',
  ])('in %j', (text) => expect(findCardNumber(text)).toBe(''));

  test('with any spaces and dashes between its digits', () => {
    const property = fc.property(separated, (text) => {
      expect(findCardNumber(text)).toBe('');
    });
    fc.assert(property);
  });

  test('in any text, unless letters or digits adjoin it', () => {
    const words = fc.array(fc.oneof(fc.string(), fc.nat().map(String), fc.uuid(), fc.constant('茶')), {
      maxLength: 4,
    });
    const property = fc.property(words, card, words, (before, digits, after) => {
      expect(findCardNumber([...before, digits, ...after].join(' '))).toBe('');
    });
    fc.assert(property);
  });

  test('as a number', () => {
    expect(findCardNumber({ amounts: [1, 4111111111111111] })).toBe('/amounts/1');
    expect(findCardNumber(4222222222222)).toBe('');
    expect(findCardNumber(-5555555555554444)).toBe('');
  });

  test('in a member name, which the pointer masks', () => {
    expect(findCardNumber({ ok: 1, '4111-1111/1111~1111 4111111111111111': 2 })).toBe(
      '/****-****~1****~0**** ****************',
    );
    fc.assert(
      fc.property(separated, (name) => {
        expect(findCardNumber({ a: [{ [name]: null }] })).toMatch(/^\/a\/0\/[* -]+$/);
      }),
    );
  });

  test('at any place, and the first of several', () => {
    const harmless = fc.oneof(fc.uuid(), fc.boolean(), fc.constant(null), fc.nat());
    const property = fc.property(
      card,
      fc.array(fc.tuple(fc.boolean(), fc.array(harmless))),
      (digits, levels) => {
        let value: unknown = digits;
        let pointer = '';
        for (const [isObject, siblings] of levels) {
          value = isObject
            ? { earlier: siblings, 'a/b': value, later: digits }
            : [...siblings, value, digits];
          pointer = `/${isObject ? 'a~1b' : siblings.length}${pointer}`;
        }
        expect(findCardNumber(value)).toBe(pointer);
      },
    );
    fc.assert(property);
  });

  test('at any depth', () => {
    let value: unknown = '4111111111111111';
    for (let depth = 0; depth < 20_000; depth++) value = [value];
    expect(findCardNumber(value)).toBe('/0'.repeat(20_000));
  });
});

describe('no card number is found in', () => {
  const ulid = fc.ulid();
  const hash = fc.stringMatching(/^[0-9a-f]{40}$/).filter((text) => /[a-f]/.test(text));

  test('a UUID, a ULID or a hash, alone, in a path or behind a prefix', () => {
    const property = fc.property(fc.oneof(fc.uuid(), ulid, hash), (id) => {
      const texts = [id, `/orders/${id}/lines`, `order-${id}`, `${id} ${id}`, `00-${id}-01`];
      expect(texts.filter((text) => findCardNumber({ [text]: text }) !== undefined)).toEqual([]);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  test.each([
    '00000000-0000-4111-1111-111111111111',
    'a0000000-000b-4111-8111-111111111111',
    '4111111111111111a',
    'x4111111111111111',
    'TEA-4111111111111111',
    '4111111111111112',
    '41111111111111111115',
    '411111111117',
    '4111.1111.1111.1111',
    '2026-11-21T09:47:00.000Z',
    'tok_visa',
  ])('%s', (text) => expect(findCardNumber(text)).toBeUndefined());

  test.each([4111111111111112, 4111111111111.5, 12900, Number.NaN, null, true, undefined])('%s', (value) =>
    expect(findCardNumber([value])).toBeUndefined(),
  );
});
