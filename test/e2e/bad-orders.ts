/** An invalid request to POST /orders, and its response. */
export interface BadRequest {
  /** Text and bytes are sent unchanged, other values as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly type: string;
  /** The place of the fault: `#/lines/0/quantity`, or a header. Undefined when the fault has no single place. */
  readonly location?: string;
}

export const sku = 'TEA-LONGJING-100G';

/** A test number with a valid Luhn checksum; not issued. */
export const CARD_NUMBER = '4000056655665556';

export const validOrder = { lines: [{ sku, quantity: 1 }], paymentToken: 'tok_visa' };

const KEY_HEADER = 'idempotency-key';

function replaceInJson(order: unknown, from: string, to: string): string {
  const json = JSON.stringify(order);
  const changed = json.replace(from, to);
  if (json === changed) throw new Error(`there is no ${from} in ${json}`);
  return changed;
}

const invalidBody = { status: 422, type: 'invalid-body' };
const cardRefused = { status: 422, type: 'card-number-rejected' };

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
  { body: { ...validOrder, lines: [{ sku, quantity }] }, ...invalidBody, location: '#/lines/0/quantity' },
]);

const numbersOutOfRange = ['9223372036854775808', '9007199254740993', '1e400', '-1e400'].map(
  (number): [string, BadRequest] => [
    `a quantity of ${number}`,
    {
      body: replaceInJson(validOrder, '"quantity":1', `"quantity":${number}`),
      status: 400,
      type: 'json-number-out-of-range',
      location: '#/lines/0/quantity',
    },
  ],
);

const unknownMembers = ['price', 'total', 'status', 'id', 'priceVersion'].map(
  (member): [string, BadRequest] => [
    `${member} in the order`,
    { body: { ...validOrder, [member]: 1 }, ...invalidBody, location: `#/${member}` },
  ],
);

const badMediaTypes = [
  ['a form', 'application/x-www-form-urlencoded', 'lines=1'],
  ['text', 'text/plain', JSON.stringify(validOrder)],
  ['UTF-16', 'application/json; charset=utf-16', JSON.stringify(validOrder)],
].map(([name = '', mediaType = '', body]): [string, BadRequest] => [
  name,
  { body, headers: { 'content-type': mediaType }, status: 415, type: 'unsupported-media-type' },
]);

const badKeys = [
  ['an empty key', ''],
  ['a key of 256 letters', 'x'.repeat(256)],
  ['a key with a space', 'a b'],
].map(([name = '', key = '']): [string, BadRequest] => [
  name,
  {
    body: validOrder,
    headers: { [KEY_HEADER]: key },
    status: 400,
    type: 'idempotency-key-invalid',
    location: 'Idempotency-Key',
  },
]);

export const badOrders: readonly [string, BadRequest][] = [
  ...badQuantities,
  ...numbersOutOfRange,
  ...unknownMembers,
  [
    'no quantity',
    { body: { ...validOrder, lines: [{ sku }] }, ...invalidBody, location: '#/lines/0/quantity' },
  ],
  [
    'quantity twice',
    {
      body: replaceInJson(validOrder, '"quantity":1', '"quantity":1,"quantity":1'),
      status: 400,
      type: 'json-duplicate-member',
      location: '#/lines/0/quantity',
    },
  ],
  [
    'quantity twice, once escaped',
    {
      body: replaceInJson(validOrder, '"quantity":1', '"quantity":1,"quant\\u0069ty":1'),
      status: 400,
      type: 'json-duplicate-member',
      location: '#/lines/0/quantity',
    },
  ],
  [
    'a price in a line',
    {
      body: { ...validOrder, lines: [{ sku, quantity: 1, unitPrice: 1 }] },
      ...invalidBody,
      location: '#/lines/0/unitPrice',
    },
  ],
  [
    'an unknown SKU',
    {
      body: {
        ...validOrder,
        lines: [
          { sku, quantity: 1 },
          { sku: 'NO-SUCH-SKU', quantity: 1 },
        ],
      },
      status: 422,
      type: 'unknown-sku',
      location: '#/lines/1/sku',
    },
  ],
  [
    'a SKU in lower case',
    {
      body: { ...validOrder, lines: [{ sku: 'tea', quantity: 1 }] },
      ...invalidBody,
      location: '#/lines/0/sku',
    },
  ],
  ['no lines', { body: { ...validOrder, lines: [] }, ...invalidBody, location: '#/lines' }],
  [
    '51 lines',
    {
      body: { ...validOrder, lines: Array.from({ length: 51 }, () => ({ sku, quantity: 1 })) },
      ...invalidBody,
      location: '#/lines',
    },
  ],
  ['lines that are an object', { body: { ...validOrder, lines: {} }, ...invalidBody, location: '#/lines' }],
  ['no payment token', { body: { lines: validOrder.lines }, ...invalidBody, location: '#/paymentToken' }],
  [
    'an invalid token',
    { body: { ...validOrder, paymentToken: 'visa' }, ...invalidBody, location: '#/paymentToken' },
  ],
  [
    'a customer, who is that of the token',
    { body: { ...validOrder, customerId: 'bob' }, ...invalidBody, location: '#/customerId' },
  ],
  ['an array', { body: [validOrder], ...invalidBody, location: '#' }],
  ['a number', { body: '1', ...invalidBody, location: '#' }],
  ['null', { body: 'null', ...invalidBody, location: '#' }],
  [
    '\\u0000 in a value',
    {
      body: replaceInJson({ ...validOrder, paymentToken: 'NUL' }, 'NUL', '\\u0000'),
      status: 400,
      type: 'json-forbidden-character',
      location: '#/paymentToken',
    },
  ],
  [
    'a lone surrogate',
    {
      body: replaceInJson({ ...validOrder, paymentToken: 'HALF' }, 'HALF', '\\ud83d'),
      status: 400,
      type: 'json-forbidden-character',
      location: '#/paymentToken',
    },
  ],
  [
    '__proto__',
    {
      body: replaceInJson(validOrder, '"lines"', '"__proto__":{},"lines"'),
      status: 400,
      type: 'json-forbidden-member',
      location: '#/__proto__',
    },
  ],
  [
    'bytes that are not UTF-8',
    { body: Buffer.from([0x7b, 0xff, 0x7d]), status: 400, type: 'json-not-utf8', location: '#' },
  ],
  ['malformed JSON', { body: '{"lines":', status: 400, type: 'malformed-json', location: '#/lines' }],
  [
    'JSON followed by a letter',
    { body: `${JSON.stringify(validOrder)}x`, status: 400, type: 'malformed-json', location: '#' },
  ],
  ['an empty body', { body: '', status: 400, type: 'body-missing', location: '#' }],
  ['no body', { status: 400, type: 'body-missing', location: '#' }],
  ['nesting 5,000 deep', { body: '['.repeat(5_000) + ']'.repeat(5_000), status: 400, type: 'json-too-deep' }],
  [
    'a body over 16 KB',
    { body: { ...validOrder, note: 'x'.repeat(16 * 1024) }, status: 413, type: 'payload-too-large' },
  ],
  ...badMediaTypes,
  ...badKeys,
];

const spaced = CARD_NUMBER.replace(/(\d{4})(?=\d)/g, '$1 ');

export const ordersWithCards: readonly [string, BadRequest][] = [
  [
    'as an unknown member',
    { body: { ...validOrder, note: CARD_NUMBER }, ...cardRefused, location: '#/note' },
  ],
  [
    'in groups of four',
    { body: { ...validOrder, note: `card ${spaced}` }, ...cardRefused, location: '#/note' },
  ],
  [
    'as the SKU',
    {
      body: { ...validOrder, lines: [{ sku: CARD_NUMBER, quantity: 1 }] },
      ...cardRefused,
      location: '#/lines/0/sku',
    },
  ],
  [
    'as the payment token',
    { body: { ...validOrder, paymentToken: CARD_NUMBER }, ...cardRefused, location: '#/paymentToken' },
  ],
  [
    'in the payment token',
    {
      body: { ...validOrder, paymentToken: `tok_${CARD_NUMBER}` },
      ...cardRefused,
      location: '#/paymentToken',
    },
  ],
  [
    'as the quantity',
    {
      body: { ...validOrder, lines: [{ sku, quantity: Number(CARD_NUMBER) }] },
      ...cardRefused,
      location: '#/lines/0/quantity',
    },
  ],
  [
    'in an unknown member',
    { body: { ...validOrder, note: CARD_NUMBER }, ...cardRefused, location: '#/note' },
  ],
  [
    'as the name of a member',
    {
      body: { ...validOrder, [CARD_NUMBER]: 1 },
      ...cardRefused,
      location: `#/${'*'.repeat(CARD_NUMBER.length)}`,
    },
  ],
  [
    'in malformed JSON',
    { body: `{"card":"${CARD_NUMBER}"`, status: 400, type: 'malformed-json', location: '#/card' },
  ],
  [
    'as the idempotency key',
    { body: validOrder, headers: { [KEY_HEADER]: CARD_NUMBER }, ...cardRefused, location: 'idempotency-key' },
  ],
  [
    'as the correlation id',
    {
      body: validOrder,
      headers: { 'x-correlation-id': CARD_NUMBER },
      ...cardRefused,
      location: 'x-correlation-id',
    },
  ],
];
