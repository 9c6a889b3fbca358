import type { Transaction } from '#database';
import { messagingAttributes } from '#messaging';
import { isSampled, SpanKind, startSpan, type TraceContext, traceContext } from '#observability';

/** The columns of a new row that its span needs. */
interface NewRow extends TraceContext {
  readonly id: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly correlationId: string;
}

/**
 * Starts a `create` span for each row whose trace is sampled, and returns the rows with the context of their spans, which
 * the published messages carry. The spans end at the commit; after a rollback they are not exported.
 */
export function startCreateSpans<Row extends NewRow>(tx: Transaction, rows: readonly Row[]): readonly Row[] {
  if (!rows.some(isSampled)) return rows;
  return rows.map((row) => {
    const destination = `${row.exchange}:${row.routingKey}`;
    const span = startSpan(`create ${destination}`, {
      kind: SpanKind.PRODUCER,
      parent: row,
      attributes: messagingAttributes('create', destination, { ...row, messageId: row.id }),
    });
    if (!span) return row;
    tx.onCommit(() => span.end());
    return { ...row, ...traceContext(span) };
  });
}
