import { isUtf8 } from 'node:buffer';
import { JsonRejectedError } from './json-rejected.js';
import { JsonScan } from './json-scan.js';

export interface JsonLimits {
  /** The most bytes a document may have. */
  readonly maxBytes: number;
  /** The most objects and arrays inside one another; a document that is a bare scalar has depth 0. */
  readonly maxDepth: number;
}

/**
 * Parses a JSON document that came from outside, refusing what `JSON.parse` lets pass although it hurts later: two
 * members of one name (of which readers pick different ones), text that PostgreSQL cannot store, numbers that turn
 * into others, `__proto__`, and nesting that `JSON.stringify` could not write back. `JsonRejectionReason` lists all reasons.
 *
 * The bytes are decoded once, looked at in one linear pass without recursion, and then given to `JSON.parse`. What it
 * returns is exactly what `JSON.parse` returns for the same text.
 *
 * @throws {JsonRejectedError} when the document is not JSON or not strict; the size is checked before anything else
 */
export function parseStrictJson(bytes: Buffer | Uint8Array, limits: JsonLimits): unknown {
  const { byteLength } = bytes;
  if (byteLength > limits.maxBytes) {
    const message = `the document has ${byteLength} bytes, more than ${limits.maxBytes}`;
    throw new JsonRejectedError('too_large', message, undefined);
  }
  if (!isUtf8(bytes)) throw new JsonRejectedError('not_utf8', 'the document is not valid UTF-8', undefined);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, byteLength).toString('utf8');
  new JsonScan(text, limits.maxDepth).run();
  return JSON.parse(text);
}
