/** What a client must not send to POST /orders, and what it is told. */
export interface BadRequest {
  /** JSON text or bytes are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly type: string;
  /** Where the fault lies: `#/lines/0/quantity`, or the name of a header. Missing where it is in no one place. */
  readonly at?: string;
}

export const sku = 'TEA-LONGJING-100G';

/** Passes Luhn, as every card number does; it belongs to nobody. */
export const CARD = '4000056655665556';

export const good = { lines: [{ sku, quantity: 1 }], paymentToken: 'tok_visa' };

const key = 'idempotency-key';

function text(order: unknown, from: string, to: string): string {
  const json = JSON.stringify(order);
  const changed = json.replace(from, to);
  if (json === changed) throw new Error(`there is no ${from} in ${json}`);
  return changed;
}

const invalid = { status: 422, type: 'invalid-body' };
const cardRefused = { status: 422, type: 'card-number-refused' };

const quantities: [string, unknown][] = [
  ['0', 0],
  ['-1', -1],
  ['1.5', 1.5],
  ['1,001', 1_001],
  ['"1"', '1'],
  ['null', null],
  ['true', true],
  ['[1]', [1]],
  ['{}', {}],
];

const badQuantities = quantities.map(([name, quantity]): [string, BadRequest] => [
  `a quantity of ${name}`,
  { body: { ...good, lines: [{ sku, quantity }] }, ...invalid, at: '#/lines/0/quantity' },
]);

const numbersBeyond = ['9223372036854775808', '9007199254740993', '1e400', '-1e400'].map(
  (number): [string, BadRequest] => [
    `a quantity of ${number}`,
    {
      body: text(good, '"quantity":1', `"quantity":${number}`),
      status: 400,
      type: 'json-number-out-of-range',
      at: '#/lines/0/quantity',
    },
  ],
);

const unknownMembers = ['price', 'total', 'status', 'id', 'priceVersion'].map(
  (member): [string, BadRequest] => [
    `${member} in the order`,
    { body: { ...good, [member]: 1 }, ...invalid, at: `#/${member}` },
  ],
);

export const badOrders: readonly [string, BadRequest][] = [
  ...badQuantities,
  ...numbersBeyond,
  ...unknownMembers,
  ['no quantity', { body: { ...good, lines: [{ sku }] }, ...invalid, at: '#/lines/0/quantity' }],
  [
    'quantity twice',
    {
      body: text(good, '"quantity":1', '"quantity":1,"quantity":1'),
      status: 400,
      type: 'json-duplicate-member',
      at: '#/lines/0/quantity',
    },
  ],
  [
    'quantity twice, once escaped',
    {
      body: text(good, '"quantity":1', '"quantity":1,"quant\\u0069ty":1'),
      status: 400,
      type: 'json-duplicate-member',
      at: '#/lines/0/quantity',
    },
  ],
  [
    'a price in a line',
    { body: { ...good, lines: [{ sku, quantity: 1, unitPrice: 1 }] }, ...invalid, at: '#/lines/0/unitPrice' },
  ],
  [
    'a SKU there is not',
    {
      body: {
        ...good,
        lines: [
          { sku, quantity: 1 },
          { sku: 'NO-SUCH-SKU', quantity: 1 },
        ],
      },
      status: 422,
      type: 'unknown-sku',
      at: '#/lines/1/sku',
    },
  ],
  [
    'a SKU in small letters',
    { body: { ...good, lines: [{ sku: 'tea', quantity: 1 }] }, ...invalid, at: '#/lines/0/sku' },
  ],
  ['no lines', { body: { ...good, lines: [] }, ...invalid, at: '#/lines' }],
  [
    '51 lines',
    {
      body: { ...good, lines: Array.from({ length: 51 }, () => ({ sku, quantity: 1 })) },
      ...invalid,
      at: '#/lines',
    },
  ],
  ['lines that are none', { body: { ...good, lines: {} }, ...invalid, at: '#/lines' }],
  ['no payment token', { body: { lines: good.lines }, ...invalid, at: '#/paymentToken' }],
  ['a token that is none', { body: { ...good, paymentToken: 'visa' }, ...invalid, at: '#/paymentToken' }],
  ['a customer without a name', { body: { ...good, customerId: '' }, ...invalid, at: '#/customerId' }],
  [
    'a customer of 65 letters',
    { body: { ...good, customerId: 'x'.repeat(65) }, ...invalid, at: '#/customerId' },
  ],
  ['a customer with a line break', { body: { ...good, customerId: 'a\nb' }, ...invalid, at: '#/customerId' }],
  ['an array', { body: [good], ...invalid, at: '#' }],
  ['a number', { body: '1', ...invalid, at: '#' }],
  ['null', { body: 'null', ...invalid, at: '#' }],
  [
    '\\u0000 in a value',
    {
      body: text({ ...good, customerId: 'NUL' }, 'NUL', '\\u0000'),
      status: 400,
      type: 'json-forbidden-character',
      at: '#/customerId',
    },
  ],
  [
    'a lone surrogate',
    {
      body: text({ ...good, customerId: 'HALF' }, 'HALF', '\\ud83d'),
      status: 400,
      type: 'json-forbidden-character',
      at: '#/customerId',
    },
  ],
  [
    '__proto__',
    {
      body: text(good, '"lines"', '"__proto__":{},"lines"'),
      status: 400,
      type: 'json-forbidden-member',
      at: '#/__proto__',
    },
  ],
  [
    'bytes that are not UTF-8',
    { body: Buffer.from([0x7b, 0xff, 0x7d]), status: 400, type: 'json-not-utf8', at: '#' },
  ],
  ['malformed JSON', { body: '{"lines":', status: 400, type: 'malformed-json', at: '#/lines' }],
  [
    'JSON and something after it',
    { body: `${JSON.stringify(good)}x`, status: 400, type: 'malformed-json', at: '#' },
  ],
  ['an empty body', { body: '', status: 400, type: 'body-missing', at: '#' }],
  ['no body', { status: 400, type: 'body-missing', at: '#' }],
  [
    'nesting 10,000 deep',
    { body: '['.repeat(10_000) + ']'.repeat(10_000), status: 400, type: 'json-too-deep' },
  ],
  [
    'a body over 100 KB',
    { body: { ...good, customerId: 'x'.repeat(100 * 1024) }, status: 413, type: 'payload-too-large' },
  ],
  [
    'a form',
    {
      body: 'lines=1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      status: 415,
      type: 'unsupported-media-type',
    },
  ],
  [
    'text',
    {
      body: JSON.stringify(good),
      headers: { 'content-type': 'text/plain' },
      status: 415,
      type: 'unsupported-media-type',
    },
  ],
  [
    'UTF-16',
    {
      body: JSON.stringify(good),
      headers: { 'content-type': 'application/json; charset=utf-16' },
      status: 415,
      type: 'unsupported-media-type',
    },
  ],
  [
    'an empty key',
    {
      body: good,
      headers: { [key]: '' },
      status: 400,
      type: 'idempotency-key-invalid',
      at: 'Idempotency-Key',
    },
  ],
  [
    'a key of 256 letters',
    {
      body: good,
      headers: { [key]: 'x'.repeat(256) },
      status: 400,
      type: 'idempotency-key-invalid',
      at: 'Idempotency-Key',
    },
  ],
  [
    'a key with a space',
    {
      body: good,
      headers: { [key]: 'a b' },
      status: 400,
      type: 'idempotency-key-invalid',
      at: 'Idempotency-Key',
    },
  ],
];

const spaced = CARD.replace(/(\d{4})(?=\d)/g, '$1 ');

export const ordersWithCards: readonly [string, BadRequest][] = [
  ['as the customer', { body: { ...good, customerId: CARD }, ...cardRefused, at: '#/customerId' }],
  [
    'in groups of four',
    { body: { ...good, customerId: `card ${spaced}` }, ...cardRefused, at: '#/customerId' },
  ],
  [
    'as the SKU',
    { body: { ...good, lines: [{ sku: CARD, quantity: 1 }] }, ...cardRefused, at: '#/lines/0/sku' },
  ],
  ['as the payment token', { body: { ...good, paymentToken: CARD }, ...cardRefused, at: '#/paymentToken' }],
  [
    'in the payment token',
    { body: { ...good, paymentToken: `tok_${CARD}` }, ...cardRefused, at: '#/paymentToken' },
  ],
  [
    'as the quantity',
    { body: { ...good, lines: [{ sku, quantity: Number(CARD) }] }, ...cardRefused, at: '#/lines/0/quantity' },
  ],
  ['in a member nobody knows', { body: { ...good, note: CARD }, ...cardRefused, at: '#/note' }],
  [
    'as the name of a member',
    { body: { ...good, [CARD]: 1 }, ...cardRefused, at: `#/${'*'.repeat(CARD.length)}` },
  ],
  ['in malformed JSON', { body: `{"card":"${CARD}"`, status: 400, type: 'malformed-json', at: '#/card' }],
  ['as the idempotency key', { body: good, headers: { [key]: CARD }, ...cardRefused, at: 'idempotency-key' }],
  [
    'as the correlation id',
    { body: good, headers: { 'x-correlation-id': CARD }, ...cardRefused, at: 'x-correlation-id' },
  ],
];
