import { services } from '#contracts';
import { audit } from '../../../audit/audit.js';
import type { InvariantResult } from '../../../audit/report.js';
import type { AuditSources } from '../../../audit/sources.js';
import { waitUntilIdle } from '../../../audit/wait-until-idle.js';
import type { OpsConfig } from '../../../ops/config.js';
import type { AuditState, Bilingual, Invariant } from '../../protocol.js';
import type { Databases } from '../databases.js';
import { readServiceRecords } from './service-records.js';

/** An audit reads whole tables, so it takes at most this share of the time. */
const AUDIT_SHARE = 0.01;
const INTERVAL_MIN_MS = 2_000;
/** Durations of which the shortest is the cost of a check: a busy machine makes one check longer, not the database busier. */
const DURATIONS_KEPT = 5;

const BUSY: Bilingual = {
  en: 'events were written during the check; it is repeated when the shop is idle',
  zh: '检查期间有新的事件写入，系统空闲后会重新检查',
};

interface Checked {
  readonly results: readonly InvariantResult[];
  readonly at: number;
}

/**
 * Checks S1 to S7 repeatedly by the auditor's functions, and Q1 to Q7 when the shop has become idle or on request. One check
 * runs at a time. The pause after it is 99 times as long as the shortest of the last five checks, at least 2 s.
 */
export class AuditWatch {
  private instant: Checked | undefined;
  private idle: Checked | undefined;
  private pending: readonly Bilingual[] = [];
  private running: 'instant' | 'idle' | null = null;
  private dueAt = 0;
  private readonly durations = { instant: [] as number[], idle: [] as number[] };
  /** Records as of the last check of Q1 to Q7; equal records need no second check. */
  private checkedRecords = '';
  private readonly acceptedIds: string[] = [];
  private readonly sources: AuditSources | undefined;

  constructor(
    private readonly databases: Databases,
    { rabbitmqUrl, rabbitmqManagementUrl: managementUrl, partitions, gatewayUrl }: OpsConfig,
  ) {
    const [order, inventory, payment] = services.map((service) => databases.urls[service]);
    if (order === undefined || inventory === undefined || payment === undefined) return;
    const broker = rabbitmqUrl === undefined ? undefined : { url: rabbitmqUrl, managementUrl, partitions };
    this.sources = { databaseUrls: { order, inventory, payment }, gatewayUrl, broker };
  }

  /** Q1 then also checks that this accepted order exists. */
  addAccepted(orderId: string): void {
    this.acceptedIds.push(orderId);
    if (this.acceptedIds.length > 10_000) this.acceptedIds.shift();
  }

  /**
   * Starts the check that is due, if none runs. Call it at every poll.
   *
   * @param records changes with every change of the shop's records; undefined while the shop is busy
   * @throws SourceUnavailableError when a source is unavailable
   */
  async poll(records: string | undefined): Promise<void> {
    if (this.running !== null || Date.now() < this.dueAt || !this.sources) return;
    if (records !== undefined && records !== this.checkedRecords) {
      if (await this.checkIdle(0)) this.checkedRecords = records;
      return;
    }
    await this.run('instant', async (sources) => {
      this.instant = { results: (await audit(sources, { instant: true })).invariants, at: Date.now() };
    });
  }

  /**
   * Waits up to `waitMs` until the shop is idle, then checks every invariant. Work that begins during the check would be
   * reported as a violation, so a violated result counts only if no event was written from before the check until its end.
   *
   * @returns whether the check has a result
   */
  async checkIdle(waitMs: number): Promise<boolean> {
    let hasResult = false;
    await this.run('idle', async (sources) => {
      const { isIdle, pending } = await waitUntilIdle(sources, waitMs);
      const before = await this.readPositions();
      const again = isIdle ? await waitUntilIdle(sources, 0) : undefined;
      this.pending = again?.pending ?? pending;
      if (again?.isIdle !== true) return;
      const { holds, invariants: results } = await audit(sources, { acceptedIds: this.acceptedIds });
      if (!holds && (await this.readPositions()) !== before) {
        this.pending = [BUSY];
        return;
      }
      hasResult = true;
      this.idle = { results, at: Date.now() };
      this.instant = { results: results.filter(({ id }) => id.startsWith('S')), at: Date.now() };
    });
    return hasResult;
  }

  state(): AuditState {
    const instant = this.instant?.results ?? [];
    const idle = (this.idle?.results ?? []).filter(({ id }) => id.startsWith('Q'));
    return {
      instant: instant.map(toInvariant),
      instantAt: this.instant?.at ?? null,
      idle: idle.map(toInvariant),
      idleAt: this.idle?.at ?? null,
      running: this.running,
      pending: this.pending,
      lost: sumViolations(idle, ['Q1', 'Q5']),
      doubled: sumViolations([...instant, ...idle], ['S3', 'S4', 'S7', 'Q4']),
      oversold: sumViolations(instant, ['S1', 'S2']),
    };
  }

  /** The newest outbox position of each service: it changes with every accepted order and every event. */
  private async readPositions(): Promise<string> {
    const records = await Promise.all(services.map((service) => readServiceRecords(this.databases, service)));
    return records.map(({ written }) => written).join();
  }

  private async run(
    kind: 'instant' | 'idle',
    check: (sources: AuditSources) => Promise<void>,
  ): Promise<void> {
    if (!this.sources || this.running !== null) return;
    const startedAt = Date.now();
    this.running = kind;
    try {
      await check(this.sources);
    } finally {
      this.running = null;
      const durations = this.durations[kind];
      durations.unshift(Date.now() - startedAt);
      durations.length = Math.min(durations.length, DURATIONS_KEPT);
      // The first check also opens connections for the first time.
      const pauseMs = durations.length === 1 ? 0 : Math.min(...durations) * (1 / AUDIT_SHARE - 1);
      this.dueAt = Date.now() + Math.max(INTERVAL_MIN_MS, pauseMs);
    }
  }
}

function toInvariant({
  id,
  statement,
  holds,
  checked,
  violationCount,
  violations,
  unchecked,
}: InvariantResult): Invariant {
  return { id, statement, holds, checked, violationCount, violations: violations.slice(0, 5), unchecked };
}

/** Null when no check of these invariants has run. */
function sumViolations(results: readonly InvariantResult[], ids: readonly string[]): number | null {
  const found = results.filter(({ id }) => ids.includes(id));
  return found.length === 0 ? null : found.reduce((sum, { violationCount }) => sum + violationCount, 0);
}
