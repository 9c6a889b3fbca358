import { type Column, formatTable, truncate } from '../terminal/layout.js';
import type { Terminal } from './terminal.js';

/** Formats a table; without rows it is the text `empty`. */
export function renderTable(
  { width }: Pick<Terminal, 'width'>,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  empty: string,
): string {
  return rows.length === 0 ? empty : formatTable(columns, rows, width).join('\n');
}

/** `2026-11-21 10:56:33Z` */
export function formatTime(at: Date | null): string {
  return at === null ? '' : `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** Text from messages and errors on one line, without control characters, cut to `widthMax` columns. */
export function toOneLine(given: string, widthMax = 200): string {
  return truncate(given.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim(), widthMax);
}

/** `3 dead letters`, `1 dead letter`. */
export function pluralize(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

const BAR_WIDTH = 30;

/** `██████████░░░░░  66 %  6,600 of 10,000` */
export function progressBar(done: number, total: number): string {
  const share = total === 0 ? 1 : done / total;
  const filled = Math.floor(share * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${bar} ${percent} %  ${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
}
