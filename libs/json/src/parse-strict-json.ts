import { isUtf8 } from 'node:buffer';
import { JsonRejectedError } from './json-rejected.js';
import { JsonScan } from './json-scan.js';

/** Limits of a document; see {@link parseStrictJson}. */
export interface JsonLimits {
  /** Largest document, in bytes. Required. */
  readonly maxBytes: number;
  /** Deepest nesting of objects and arrays; a scalar document has depth 0. Required. */
  readonly maxDepth: number;
}

/**
 * Parses an external JSON document. Rejects documents that `JSON.parse` accepts but that fail or differ later: duplicate
 * members, of which parsers choose different ones (RFC 8259, section 4); text that PostgreSQL cannot store; numbers that
 * lose precision; `__proto__`; nesting that `JSON.stringify` cannot write. `JsonRejectionReason` lists all reasons.
 *
 * The bytes are decoded once, scanned in one linear pass, and parsed by `JSON.parse`: the result is exactly the result of
 * `JSON.parse` for the same text.
 *
 * @throws JsonRejectedError when the document is not JSON or not strict; the size is checked first
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
