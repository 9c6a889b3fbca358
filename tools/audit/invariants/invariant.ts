import type { Service } from '#contracts';
import type { OrderRecords } from '../order-records.js';
import type { Findings, InvariantId, Violation } from '../report.js';
import type { AuditSources, Snapshots } from '../sources.js';
import type { TranslatedText } from '../translated-text.js';

/** One rule that the data must keep to, and every way in which it is checked. */
export interface Invariant {
  readonly id: InvariantId;
  readonly statement: TranslatedText;
  /** Within one database, in SQL. */
  readonly sql?: readonly SqlCheck[];
  /** Across the databases and the gateway, order by order: what is wrong with the books of one. */
  readonly checkOrder?: (books: OrderRecords, context: AuditContext) => readonly Violation[];
  /** Counts what {@link ofOrder} looks at. */
  readonly appliesToOrder?: (books: OrderRecords, context: AuditContext) => boolean;
  /** In any other way. */
  readonly checkDatabases?: (
    snapshots: Snapshots,
    context: AuditContext,
    findings: Findings,
  ) => Promise<void>;
}

export interface AuditContext {
  readonly sources: AuditSources;
}

/** A query that must return no rows. */
export interface SqlCheck {
  readonly service: Service;
  /** What is wrong when there is a row. */
  readonly problem: TranslatedText;
  /** Returns the violations; its columns become their facts. */
  readonly violations: string;
  readonly values?: readonly unknown[];
  /** Returns how many rows were looked at, as `count`; none when another check counts them already. */
  readonly count?: string;
}
