import { z } from 'zod';

/** Headers of responses, by their names in {@link Answer.headers}. */
export const responseHeaders = {
  'X-Correlation-Id': {
    description: 'The correlation id of the request: its own, or a new one. Log lines and events carry it.',
    schema: { type: 'string' },
  },
  Location: { description: 'The path of the resource.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait before the next attempt.', schema: { type: 'integer' } },
  'WWW-Authenticate': {
    description: 'The challenge of RFC 6750, with the reason or the scopes.',
    schema: { type: 'string' },
  },
} as const;

/** The name of a header of responses. */
export type ResponseHeader = keyof typeof responseHeaders;

/** A success response of an operation. `Sent` is the value that the handler returns. */
export interface Answer<Sent> {
  /** When the operation responds so. */
  readonly description: string;
  /** Schema of the body as it is sent; undefined for a response without a body. */
  readonly schema: z.ZodType<unknown> | undefined;
  readonly mediaType: string;
  /** Headers that every such response has, besides `X-Correlation-Id`. */
  readonly headers: readonly ResponseHeader[];
  /** A valid body. */
  readonly example: unknown;
  /** Only for the type checker. */
  readonly sent?: Sent;
}

type Immutable<Value> = Value extends Date
  ? Date
  : Value extends readonly (infer Item)[]
    ? readonly Immutable<Item>[]
    : Value extends object
      ? { readonly [Member in keyof Value]: Immutable<Value[Member]> }
      : Value;

/** What a handler returns for a schema: its output, deeply read-only. */
export type Sent<Schema extends z.ZodType> = Immutable<z.output<Schema>>;

/** The settings of {@link answer}. */
export interface AnswerOptions<Schema extends z.ZodType> {
  /** When the operation responds so. Required. */
  readonly description: string;
  /** A valid body. Required. */
  readonly example: z.input<Schema>;
  /** Headers that every such response has, besides `X-Correlation-Id`. Default none. */
  readonly headers?: readonly ResponseHeader[];
}

/**
 * A response with a JSON body. `schema` is the type of the handler's result, a part of the OpenAPI document, and the check
 * of every response in the end-to-end tests. Use `z.strictObject`: the check refuses unknown members, the document allows
 * them, so that a later release may add some.
 */
export function answer<Schema extends z.ZodType>(
  schema: Schema,
  { description, example, headers = [] }: AnswerOptions<Schema>,
): Answer<Sent<Schema>> {
  return { description, schema, mediaType: 'application/json', headers, example };
}

/** A response without a body. */
export function emptyAnswer(description: string, headers: readonly ResponseHeader[] = []): Answer<void> {
  return { description, schema: undefined, mediaType: '', headers, example: undefined };
}

/** A response whose body is a text of another media type than JSON. */
export function textAnswer(mediaType: string, description: string, example: string): Answer<string> {
  return { description, schema: z.string(), mediaType, headers: [], example };
}

/** A response that the handler writes itself, such as a stream of server-sent events. */
export function streamAnswer(mediaType: string, description: string, example: string): Answer<void> {
  return { description, schema: z.string(), mediaType, headers: [], example };
}

/** A point in time: RFC 3339 in UTC on the wire, a `Date` in the program. */
export const timestamp = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

/** A page of a list: the items, and the cursor of the next page. */
export function pageOf<Item extends z.ZodType, Cursor extends z.ZodType>(item: Item, cursor: Cursor) {
  return z.strictObject({
    items: z.array(item),
    next: cursor.nullable().describe('The cursor of the next page; null on the last page'),
  });
}

/**
 * A page of a list, from a read of up to `limit + 1` items: only the item after the last one decides that there is a next
 * page, so `next` never names an empty page.
 *
 * @param read the items; the page has the first `limit` of them
 * @param cursor the cursor of an item
 */
export function toPage<Item, Cursor>(
  read: readonly Item[],
  limit: number,
  cursor: (item: Item) => Cursor,
): { readonly items: readonly Item[]; readonly next: Cursor | null } {
  const items = read.slice(0, limit);
  const last = items.at(-1);
  return { items, next: read.length > limit && last !== undefined ? cursor(last) : null };
}
