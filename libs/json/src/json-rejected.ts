/**
 * Why a document is rejected:
 *
 * - `too_large`: more than `maxBytes`; the document was not read.
 * - `too_deep`: objects and arrays nested deeper than `maxDepth`.
 * - `not_utf8`: the bytes are not UTF-8 (RFC 3629 excludes surrogates encoded as three bytes).
 * - `malformed`: not JSON by RFC 8259; a byte order mark counts as malformed, as it does for `JSON.parse`.
 * - `duplicate_member`: one object has two members with the same decoded name.
 * - `forbidden_character`: NUL or a lone surrogate, in a value or a name, which PostgreSQL cannot store.
 * - `number_out_of_range`: a number that parses as Infinity, or a whole number beyond ±(2^53 − 1), which may be rounded.
 * - `forbidden_member`: a member named `__proto__`.
 */
export type JsonRejectionReason =
  | 'too_large'
  | 'too_deep'
  | 'not_utf8'
  | 'malformed'
  | 'duplicate_member'
  | 'forbidden_character'
  | 'number_out_of_range'
  | 'forbidden_member';

/**
 * A document that is not JSON or not strict. Permanent: the same bytes are rejected again.
 *
 * Message and pointer may be logged and shown to the sender: they contain no value of the document, and member names are
 * cut to 64 characters and masked where they contain a card number.
 */
export class JsonRejectedError extends Error {
  override readonly name = 'JsonRejectedError';

  /**
   * @param reason the kind of fault, for machines
   * @param message the fault and its place, for people
   * @param pointer RFC 6901 JSON pointer of the innermost value with the fault (`/lines/0/sku`; `''` is the whole
   *   document), or undefined when the document was rejected unread
   */
  constructor(
    readonly reason: JsonRejectionReason,
    message: string,
    readonly pointer: string | undefined,
  ) {
    super(message);
  }
}
