import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonRejectedError } from './json-rejected.js';
import { parseStrictJson } from './parse-strict-json.js';

const limits = { maxBytes: 100_000, maxDepth: 32 };

function parse(text: string): unknown {
  return parseStrictJson(Buffer.from(text), limits);
}

function catchRejection(document: string | Uint8Array): JsonRejectedError {
  try {
    parseStrictJson(Buffer.from(document), limits);
  } catch (error) {
    if (error instanceof JsonRejectedError) return error;
    throw error;
  }
  throw new Error(`accepted: ${String(document)}`);
}

const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/);
const character = fc.oneof(
  fc.constantFrom('a', 'b', '/', '\u007f', '龙', '井', '茶', '🍵', '\u2028'),
  fc.constantFrom(
    '\\"',
    '\\\\',
    '\\/',
    '\\b',
    '\\f',
    '\\n',
    '\\r',
    '\\t',
    '\\u0061',
    '\\u9F99',
    '\\ud83c\\udf75',
  ),
);
const string = fc.array(character, { maxLength: 6 }).map((characters) => `"${characters.join('')}"`);
const number = fc.oneof(
  fc.maxSafeInteger().map(String),
  fc.double({ min: -1e15, max: 1e15, noNaN: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('0', '-0', '0.5e-400', '1E+15', '123e-2', '9007199254740991', '-9007199254740991.0'),
);

/** A member list without braces; a number prefix makes the names distinct. */
function members(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const member = fc.tuple(space, string, space, value);
  return fc
    .array(member, { maxLength: 4 })
    .map((list) =>
      list
        .map(([before, name, after, text], i) => `${before}"${i}${name.slice(1)}${after}:${text}`)
        .join(','),
    );
}

/** Text of a legal, strict document, in any spelling that the grammar permits. */
const { document } = fc.letrec<{ document: string }>((tie) => {
  const inner = tie('document');
  const spaced = fc.tuple(
    space,
    fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(string, number, fc.constantFrom('true', 'false', 'null')),
      fc.array(inner, { maxLength: 4 }).map((items) => `[${items.join(',') || ' '}]`),
      members(inner).map((text) => `{${text}\t}`),
    ),
    space,
  );
  return { document: spaced.map((parts) => parts.join('')) };
});

/** A place for a value: the text around it, and its pointer. */
const place = fc
  .array(fc.tuple(fc.boolean(), fc.array(document, { maxLength: 2 }), fc.array(document, { maxLength: 2 })), {
    maxLength: 6,
  })
  .map((levels) => {
    const around = { before: '', after: '', pointer: '' };
    for (const [isObject, earlier, later] of levels) {
      const named = (text: string, name: string) => (isObject ? `"${name}":${text}` : text);
      around.before += isObject ? '{' : '[';
      around.before +=
        earlier.map((text, i) => `${named(text, `earlier${i}`)},`).join('') + named('', '龙/~井');
      around.after =
        later.map((text, i) => `,${named(text, `later${i}`)}`).join('') +
        (isObject ? '}' : ']') +
        around.after;
      around.pointer += isObject ? '/龙~1~0井' : `/${earlier.length}`;
    }
    return around;
  });

describe('a legal document', () => {
  test('parses to the result of JSON.parse', () => {
    const property = fc.property(document, (text) => {
      expect(parse(text)).toEqual(JSON.parse(text));
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('parses from a view into a larger buffer', () => {
    const whole = new TextEncoder().encode('["before"]["茶"]["after"]');
    expect(parseStrictJson(whole.subarray(10, 17), limits)).toEqual(['茶']);
  });

  test.each([
    '{"a":{"a":1},"b":{"a":1},"A":1}',
    '{"constructor":1,"proto":2}',
    '"\\ud83d\\ude00"',
    '"\\\\u0000"',
  ])('%s is strict', (text) => expect(parse(text)).toEqual(JSON.parse(text)));
});

describe('a damaged document', () => {
  const damage = fc.tuple(
    document,
    fc.nat(),
    fc.nat({ max: 2 }),
    fc.constantFrom(
      '',
      ...Array.from('{}[]:,"\\-+.0123456789eEu \n\u0000\u0001tfn'),
      'tru',
      '\\u12',
      '\\ud800',
      '\ufeff',
      '\u00a0',
    ),
  );

  test('is malformed exactly when JSON.parse rejects it', () => {
    const property = fc.property(damage, ([text, seed, removed, added]) => {
      const at = seed % (text.length + 1);
      const damaged = Buffer.from(text.slice(0, at) + added + text.slice(at + removed)).toString();
      try {
        expect(parse(damaged)).toEqual(JSON.parse(damaged));
      } catch (error) {
        if (!(error instanceof JsonRejectedError)) throw error;
        if (error.reason === 'malformed') expect(() => void JSON.parse(damaged)).toThrow(SyntaxError);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  test.each([
    ['', 'no value, character 0'],
    ['\ufeff{}', 'no value, character 0'],
    ['{"lines":[{"sku":"A1"},{"sku":}]}', 'no value at /lines/1/sku, character 30'],
    ['{"lines":[1,{"sku" "A1"}]}', 'no colon after a member name at /lines/1/sku, character 19'],
    ['{"a":1,}', 'no member name, character 7'],
    ['{"a":[1 2]}', 'no comma or closing bracket after a value at /a/0, character 8'],
    ['["a\nb"]', 'a control character in a string at /0, character 3'],
    ['{"a":"b', 'a string without an end at /a, character 7'],
    ['["\\v"]', 'an unknown escape at /0, character 2'],
    ['["\\u12G4"]', 'an escape without four hexadecimal digits at /0, character 2'],
    ['[-]', 'no digit in a number at /0, character 2'],
    ['{} {}', 'more than one value, character 3'],
  ])('%s is reported with fault and place', (text, message) => {
    expect(catchRejection(text)).toMatchObject({ reason: 'malformed', message });
  });
});

describe('a fault is found at any place', () => {
  test.each([
    ['forbidden_character', '"\\u0000"', ''],
    ['forbidden_character', '"tea\\u0000"', ''],
    ['forbidden_character', '"tea\u0000"', ''],
    ['forbidden_character', '{"\\u0000":1}', ''],
    ['forbidden_character', '"\\ud800"', ''],
    ['forbidden_character', '"\\uDFFF"', ''],
    ['forbidden_character', '"\\udc00\\ud800"', ''],
    ['forbidden_character', '"\\ud83d\\ud83d\\ude00"', ''],
    ['forbidden_character', '"\\ud83d🍵"', ''],
    ['forbidden_character', '"\\ud83d\\n"', ''],
    ['forbidden_character', '"\\ud83d\\ud83d"', ''],
    ['forbidden_character', '"\\ude00\\ude00"', ''],
    ['forbidden_character', '"\\ud83d\\ue000"', ''],
    ['forbidden_character', '{"a":1,"\\ud83d":1}', ''],
    ['number_out_of_range', '1e400', ''],
    ['number_out_of_range', '-1E+309', ''],
    ['number_out_of_range', '1e20', ''],
    ['number_out_of_range', '9007199254740992', ''],
    ['number_out_of_range', '-9007199254740992', ''],
    ['number_out_of_range', '9223372036854775808', ''],
    ['number_out_of_range', '90071992547409920.0e-0', ''],
    ['duplicate_member', '{"sku":1,"quantity":2,"sku":1}', '/sku'],
    ['duplicate_member', '{"a":1,"\\u0061":{}}', '/a'],
    ['duplicate_member', '{"":1,"":{}}', '/'],
    ['duplicate_member', '{"\\ud83c\\udf75":1,"🍵":1}', '/🍵'],
    ['forbidden_member', '{"a":1,"__proto__":{}}', '/__proto__'],
    ['forbidden_member', '{"_\\u005fproto__":1}', '/__proto__'],
  ])('%s: %j', (reason, faulty, pointer) => {
    const property = fc.property(place, (around) => {
      const rejection = catchRejection(around.before + faulty + around.after);
      expect(rejection).toMatchObject({ reason, pointer: around.pointer + pointer });
      expect(rejection.message).toContain(rejection.pointer);
    });
    fc.assert(property, { numRuns: 30 });
  });

  test('not_utf8: an invalid byte, a surrogate encoded as three bytes', () => {
    const bytes = fc.constantFrom([0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]);
    const property = fc.property(place, bytes, ({ before, after }, fault) => {
      const document = Buffer.concat([
        Buffer.from(`${before}"`),
        Buffer.from(fault),
        Buffer.from(`"${after}`),
      ]);
      expect(catchRejection(document)).toMatchObject({ reason: 'not_utf8', pointer: undefined });
    });
    fc.assert(property);
  });
});

describe('a limit', () => {
  test('on depth accepts exactly that many levels', () => {
    const nested = (levels: number) => '[{"a":'.repeat(levels / 2) + '1' + '}]'.repeat(levels / 2);
    expect(parse(nested(32))).toEqual(JSON.parse(nested(32)));
    expect(catchRejection(nested(34))).toMatchObject({ reason: 'too_deep', pointer: '/0/a'.repeat(16) });
  });

  test('on bytes counts bytes, not characters', () => {
    expect(parseStrictJson(Buffer.from('"茶"'), { maxBytes: 5, maxDepth: 0 })).toBe('茶');
    expect(() => parseStrictJson(Buffer.from('"茶"'), { maxBytes: 4, maxDepth: 0 })).toThrow(
      'the document has 5 bytes, more than 4',
    );
  });

  test('that is generous does not overflow the stack', () => {
    // A recursive scan overflows at about 10,000 levels.
    const text = '['.repeat(1e5) + ']'.repeat(1e5);
    expect(() => parseStrictJson(Buffer.from(text), { maxBytes: 2e5, maxDepth: 1e5 })).not.toThrow();
  });
});

describe('a rejection', () => {
  const card = '4111 1111 1111 1111';

  test('masks a card number in a member name', () => {
    const rejection = catchRejection(`{"${card}":1,"${card}":2}`);
    expect(rejection.pointer).toBe('/**** **** **** ****');
    expect(rejection.message).not.toContain('4111');
  });

  test('repeats no value of the document', () => {
    expect(catchRejection(`{"card":"${card}`).message).not.toContain('4111');
    expect(catchRejection(`[${card}]`).message).not.toContain('4111');
  });

  test('cuts a long member name', () => {
    const rejection = catchRejection(`{"${'n'.repeat(5000)}":`);
    expect(rejection.pointer).toBe(`/${'n'.repeat(64)}…`);
    expect(rejection.message.length).toBeLessThan(120);
  });

  test('cuts a member name between code points', () => {
    const rejection = catchRejection(`{"n${'🍵'.repeat(100)}":`);
    expect(rejection.pointer).toBe(`/n${'🍵'.repeat(63)}…`);
  });
});
