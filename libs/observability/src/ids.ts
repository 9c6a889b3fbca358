import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** One call of `randomFillSync` for 4,096 bytes costs about as much as one for 16. */
const buffer = new Uint8Array(4_096);
let offset = buffer.length;

/** A new UUID v7 (RFC 9562): globally unique, and ordered by its creation time in ms, so index inserts are close together. */
export function newId(): string {
  return v7({ random: randomBytes(16) });
}

/** The `traceparent` of a new, sampled trace. https://www.w3.org/TR/trace-context/ */
export function newTraceparent(): string {
  const hex = Buffer.from(randomBytes(24)).toString('hex');
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`;
}

/** A view of the buffer: valid until the next call. */
function randomBytes(count: number): Uint8Array {
  if (offset + count > buffer.length) {
    randomFillSync(buffer);
    offset = 0;
  }
  offset += count;
  return buffer.subarray(offset - count, offset);
}
