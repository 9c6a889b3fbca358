import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeEach, expect, inject, onTestFinished } from 'vitest';

import { audit } from '../../tools/audit/audit.js';
import { waitUntilIdle } from '../../tools/audit/wait-until-idle.js';
import { auditDuring } from '../../tools/chaos/continuous-audit.js';
import type { EnvironmentParts, TestEnvironmentOptions } from '../../tools/chaos/environment-parts.js';
import { hasExternalServers } from '../../tools/chaos/environment-servers.js';
import { evaluate } from '../../tools/chaos/evaluate-run.js';
import { Journal, readJournal, summarizeJournal } from '../../tools/chaos/journal.js';
import { MessageRecorder } from '../../tools/chaos/message-recorder.js';
import { TestEnvironment } from '../../tools/chaos/test-environment.js';
import type { ServiceName } from '../../tools/client/api-types.js';
import { ConcurrentClients } from './concurrent-clients.js';

const IDLE_TIMEOUT_MS = 60_000;

/** The `order.placed` event of one order in the outbox. */
export interface PlacedEventState {
  readonly id: string;
  readonly isPublished: boolean;
  readonly isParked: boolean;
}

/** A {@link TestEnvironment} of one test file, with clients and with the guarantees that every fault must keep. */
export class FaultEnvironment extends TestEnvironment {
  /** False after a fault that broke a guarantee: the file's other tests are skipped. */
  isUsable = true;
  readonly clients: ConcurrentClients;
  private readonly journal: Journal;

  constructor(parts: EnvironmentParts) {
    super(parts);
    this.journal = new Journal(join(this.folder, `journal-${randomBytes(4).toString('hex')}.jsonl`));
    this.clients = new ConcurrentClients({
      orderUrls: [this.process('order').url],
      tokens: this.tokens,
      journal: this.journal,
    });
  }

  /** The `order.placed` events of these orders, in the order of their positions. */
  placedEvents(orderIds: readonly string[]): Promise<PlacedEventState[]> {
    return this.query(
      'order',
      `SELECT id, published_at IS NOT NULL AS "isPublished", parked_at IS NOT NULL AS "isParked"
       FROM outbox WHERE type = 'order.placed.v1' AND subject = ANY ($1) ORDER BY position`,
      [orderIds],
    );
  }

  /** Number of lines in the log of a service's first replica whose message starts with `message`. */
  async countLogLines(service: ServiceName, message: string): Promise<number> {
    const log = await readFile(this.process(service).options.logFile, 'utf8');
    return log.split(`"msg":"${message}`).length - 1;
  }

  /** Counts the messages of `exchanges` until the test ends. Default: the event exchange of every service. */
  async recordMessages(exchanges?: readonly string[]): Promise<MessageRecorder> {
    const recorder = await MessageRecorder.start(this.rabbitmqUrl, exchanges);
    onTestFinished(() => recorder.close());
    return recorder;
  }

  /** Waits until every order has ended, and expects it to be completed. */
  async expectCompleted(ids: readonly string[]): Promise<void> {
    for (const id of ids) expect(await this.shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
  }

  /**
   * Runs `fault` and expects its guarantees: the S invariants hold during it; afterwards the shop becomes idle within
   * 60 s, every order request was accepted as one order, and all invariants hold for the accepted orders.
   */
  async assertSurvives<Result>(fault: () => Promise<Result>): Promise<Result> {
    this.isUsable = false;
    const result = await auditDuring(this.auditSources, fault).catch(async (error: unknown) => {
      throw new Error(`the fault broke a guarantee; ${await this.describeExited()}`, { cause: error });
    });
    const idle = await waitUntilIdle(this.auditSources, IDLE_TIMEOUT_MS);
    const journal = summarizeJournal(readJournal(this.journal.path));
    const acceptedIds = [...journal.accepted, ...this.shop.acceptedIds];
    const report = await audit(this.auditSources, { acceptedIds });
    const observations = { journal, violatedDuringFaults: [], unexpectedExits: [], failures: [] };
    expect(evaluate(idle, report, observations, 0).problems).toEqual([]);
    this.isUsable = true;
    return result;
  }

  override async close(): Promise<void> {
    this.journal.close();
    await super.close();
  }

  /** Last log lines of every exited process: a client sees its crash only as a reset connection. */
  private async describeExited(): Promise<string> {
    const exited = [...this.processes].filter(([, { isRunning }]) => !isRunning);
    const logs = exited.map(
      async ([name, process]) => `${name} has exited:\n${await process.lastLogLines()}`,
    );
    return exited.length === 0 ? 'all processes are running' : (await Promise.all(logs)).join('\n');
  }
}

/**
 * Starts the environment of a test file while its tests are collected, and closes it after the last one.
 *
 * @param servers `own`: servers that only this file uses and may crash; the tests are skipped on external ones
 */
export async function startFaultEnvironment({
  servers,
  env = {},
}: { readonly servers?: 'own' } & Pick<TestEnvironmentOptions, 'env'> = {}): Promise<FaultEnvironment> {
  const isOwnPossible = !hasExternalServers();
  const environment = await FaultEnvironment.start({
    servers:
      servers === 'own' && isOwnPossible
        ? servers
        : { databaseAccess: inject('databaseAccess'), brokerAccess: inject('brokerAccess') },
    env,
  });
  afterAll(() => environment.close());
  beforeEach(({ skip }) => {
    skip(servers === 'own' && !isOwnPossible, 'crashes servers: external servers are configured');
    skip(!environment.isUsable, 'an earlier fault broke a guarantee');
  });
  return environment;
}
