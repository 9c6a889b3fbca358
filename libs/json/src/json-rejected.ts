/**
 * Why a document is refused.
 *
 * - `too_large`: more bytes than allowed; nothing was read.
 * - `too_deep`: more objects and arrays inside one another than allowed.
 * - `not_utf8`: the bytes are not UTF-8 (surrogates encoded as three bytes are not, by RFC 3629).
 * - `malformed`: not JSON by RFC 8259; a byte order mark counts as malformed, as it does for `JSON.parse`.
 * - `duplicate_member`: one object has two members of the same decoded name.
 * - `forbidden_character`: NUL or a lone surrogate, in a value or a name, which PostgreSQL cannot store.
 * - `number_out_of_range`: would become Infinity, or a whole number beyond ±(2^53 − 1) and so perhaps another one.
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
 * A document that must not be read. It is permanent: the same bytes are refused again.
 *
 * Neither the message nor the pointer repeats a value of the document, and a member name in them is cut to a
 * readable length and masked where it holds a card number; both may be logged and shown to the sender.
 */
export class JsonRejectedError extends Error {
  override readonly name = 'JsonRejectedError';

  /**
   * @param reason the kind of fault, for machines
   * @param message what is wrong and where, for people
   * @param pointer the innermost value the fault lies in, as an RFC 6901 JSON pointer (`/lines/0/sku`; `''` is
   *   the whole document), or undefined where the document was refused before it was read
   */
  constructor(
    readonly reason: JsonRejectionReason,
    message: string,
    readonly pointer: string | undefined,
  ) {
    super(message);
  }
}
