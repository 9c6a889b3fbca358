import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync } from 'node:fs';
import type { LedgerEntry } from '../domain/ledger.js';

export interface LedgerLine {
  readonly entry: LedgerEntry;
  /** Hash of the request, which detects an idempotency key reused for another request. */
  readonly requestHash: string;
}

/**
 * The ledger on disk: an append-only file of JSON lines. The line is written before the response, without fsync: it
 * survives a crash of the process, but not of the machine.
 */
export class LedgerFile {
  private constructor(
    readonly lines: readonly LedgerLine[],
    private readonly descriptor: number,
  ) {}

  /** Opens the file, or creates it. Truncates an incomplete last line, which never had a response. */
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
