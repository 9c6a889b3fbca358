import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync } from 'node:fs';
import type { LedgerEntry } from '../domain/ledger.js';

export interface LedgerLine {
  readonly entry: LedgerEntry;
  /** Tells what was asked under the entry's idempotency key from anything else. */
  readonly requestHash: string;
}

/**
 * The ledger on disk: JSON lines, only ever added to. A line is handed to the operating system before its operation
 * is answered, so it outlives the process, though not the machine.
 */
export class LedgerFile {
  private constructor(
    readonly lines: readonly LedgerLine[],
    private readonly descriptor: number,
  ) {}

  /** Reads what is there, or starts anew. A last line that was cut off was never answered, and is dropped. */
  static open(path: string): LedgerFile {
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const complete = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
    if (complete.length < bytes.length) truncateSync(path, complete.length);
    const lines = complete.toString('utf8').split('\n').filter(Boolean);
    return new LedgerFile(
      lines.map((line) => JSON.parse(line) as LedgerLine),
      openSync(path, 'a'),
    );
  }

  append(line: LedgerLine): void {
    appendFileSync(this.descriptor, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
