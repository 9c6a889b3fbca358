import { describe, expect, test } from 'vitest';

import { showBody } from '../page/bytes.js';
import { duration, visible } from '../page/format.js';
import { createScale } from '../page/order/timeline.js';
import { texts } from '../page/texts.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a body', () => {
  test('of JSON is indented, and no token changes', () => {
    const { kind, text } = showBody(utf8('{"n":12345678901234567890,"n":1,"e":{},"a":[1,"x,{"]}'));
    expect(kind).toBe('json');
    expect(text).toBe(
      '{\n  "n": 12345678901234567890,\n  "n": 1,\n  "e": {},\n  "a": [\n    1,\n    "x,{"\n  ]\n}',
    );
  });

  test('with control characters shows them as symbols', () => {
    const { text, hasSymbols } = showBody(utf8('\u001b[31mred\u0000 \u202egnp\n'));
    expect(text).toBe('␛[31mred␀ ⟨U+202E⟩gnp\n');
    expect(hasSymbols).toBe(true);
  });

  test('of invalid UTF-8 is shown as hexadecimal', () => {
    const { kind, text } = showBody(Uint8Array.from([0xff, 0xfe, 0x41]));
    expect(kind).toBe('hex');
    expect(text).toMatch(/^00000000 {2}ff fe 41 .* ··A$/);
  });

  test('that is cut inside a character is still text', () => {
    expect(showBody(utf8('订单').subarray(0, 4), true).text).toBe('订');
  });
});

test('an error on one line has no line break', () => {
  expect(visible('a\nb\tc')).toBe('a␊b␉c');
});

test.each([
  [0, '0 ms'],
  [0.4, '0.4 ms'],
  [63, '63 ms'],
  [1_240, '1.24 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
])('%d ms is shown as %s', (ms, shown) => {
  expect(duration(ms)).toBe(shown);
});

test('the time axis cuts a long pause', () => {
  const { at, cuts } = createScale([0, 50, 100, 3_600_000, 3_600_050]);
  expect(cuts).toHaveLength(1);
  expect(at(100)).toBeGreaterThan(40);
  expect(at(3_600_050)).toBeCloseTo(100);
});

test('every text exists in both languages', () => {
  const incomplete = Object.entries(texts).filter(([, { en, zh }]) => typeof en !== typeof zh || zh === '');
  expect(incomplete).toEqual([]);
});
