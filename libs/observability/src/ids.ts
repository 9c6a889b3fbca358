import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** A call for random bytes costs about as much for 16 as for these. */
const buffer = new Uint8Array(4_096);
let offset = buffer.length;

/** A UUID v7: unique everywhere, and close in an index to those that are made at about the same time. RFC 9562. */
export function newId(): string {
  return v7({ random: randomBytes(16) });
}

/** The root of a new trace, which is to be recorded. https://www.w3.org/TR/trace-context/ */
export function newTraceparent(): string {
  const hex = Buffer.from(randomBytes(24)).toString('hex');
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`;
}

/** Good until the next call. */
function randomBytes(count: number): Uint8Array {
  if (offset + count > buffer.length) {
    randomFillSync(buffer);
    offset = 0;
  }
  offset += count;
  return buffer.subarray(offset - count, offset);
}
