import type { Service } from '#contracts';
import type { OrderRecords } from '../order-records.js';
import type { Findings, InvariantId, Violation } from '../report.js';
import type { AuditSources, Snapshots } from '../sources.js';
import type { TranslatedText } from '../translated-text.js';

/** One invariant of the data, and all its checks. */
export interface Invariant {
  readonly id: InvariantId;
  readonly statement: TranslatedText;
  /** Checks within one database, in SQL. */
  readonly sql?: readonly SqlCheck[];
  /** Checks one order across the databases and the gateway; returns its violations. */
  readonly checkOrder?: (records: OrderRecords, context: AuditContext) => readonly Violation[];
  /** Whether {@link checkOrder} applies to an order; those orders are counted as checked. */
  readonly appliesToOrder?: (records: OrderRecords, context: AuditContext) => boolean;
  /** Any other check; reports to `findings`. */
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
  /** The problem that each returned row shows. */
  readonly problem: TranslatedText;
  /** Selects the violations; the columns become their facts. */
  readonly violations: string;
  readonly values?: readonly unknown[];
  /** Selects the number of checked rows as `count`. Undefined when another check counts the same rows. */
  readonly count?: string;
}
