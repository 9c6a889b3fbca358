import { Client } from 'pg';
import { type Service, services } from '#contracts';
import { startGateway, type TestGateway } from './test-gateway.js';

export type Query = (sql: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;

const SELECT_TABLES = `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`;

// The constraints would reject most corruptions before the auditor could read them.
const DROP_CONSTRAINTS = `
  DO $$
  DECLARE found record;
  BEGIN
    FOR found IN SELECT conrelid::regclass AS tab, conname FROM pg_constraint
                 WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'p', 'u', 'c')
                 ORDER BY contype = 'f' DESC LOOP
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.tab, found.conname);
    END LOOP;
  END $$;
  ALTER TABLE dead_letters ALTER COLUMN body DROP NOT NULL`;

const RESTORE = `
  DO $$
  DECLARE found record;
  BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'healthy' LOOP
      EXECUTE format('DELETE FROM public.%I', found.tablename);
      EXECUTE format('INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE SELECT * FROM healthy.%1$I', found.tablename);
    END LOOP;
  END $$`;

/** A healthy state of the databases and the ledger, which a test corrupts and then restores. */
export class AuditFixture {
  private constructor(
    private readonly clients: Readonly<Record<Service, Client>>,
    private currentGateway: TestGateway,
  ) {}

  /**
   * Saves the databases and the ledger as the healthy state. Drops all constraints of the databases, so no service can
   * use them afterwards.
   */
  static async capture(urls: Readonly<Record<Service, string>>, gateway: TestGateway): Promise<AuditFixture> {
    const clients = services.map((service) => new Client({ connectionString: urls[service] }));
    for (const client of clients) {
      await client.connect();
      await client.query(`SET synchronous_commit = off; ${DROP_CONSTRAINTS}; CREATE SCHEMA healthy`);
      for (const { name } of (await client.query<{ name: string }>(SELECT_TABLES)).rows) {
        await client.query(`CREATE TABLE healthy.${name} AS TABLE public.${name}`);
      }
    }
    const byService = Object.fromEntries(services.map((service, index) => [service, clients[index]]));
    return new AuditFixture(byService as Record<Service, Client>, await startGateway(gateway.entries()));
  }

  get gateway(): TestGateway {
    return this.currentGateway;
  }

  /** Runs a statement in the database of the service. @throws Error if a statement that writes changes no row */
  readonly order: Query = (sql, values) => this.query('order', sql, values);
  readonly inventory: Query = (sql, values) => this.query('inventory', sql, values);
  readonly payment: Query = (sql, values) => this.query('payment', sql, values);

  /** Replaces the ledger of the gateway; the gateway's URL changes. */
  async rewriteLedger(entries: ReturnType<TestGateway['entries']>): Promise<void> {
    await this.currentGateway.close();
    this.currentGateway = await startGateway(entries);
  }

  /** Restores the databases, and the ledger if it was changed. */
  async restore(healthyEntries: ReturnType<TestGateway['entries']>): Promise<void> {
    await Promise.all(Object.values(this.clients).map((client) => client.query(RESTORE)));
    const entries = this.currentGateway.entries();
    const isHealthy =
      entries.length === healthyEntries.length && entries.every((entry, i) => entry === healthyEntries[i]);
    if (!isHealthy) await this.rewriteLedger(healthyEntries);
  }

  async close(): Promise<void> {
    await this.currentGateway.close();
    await Promise.all(Object.values(this.clients).map((client) => client.end()));
  }

  private async query(service: Service, sql: string, values: readonly unknown[] = []) {
    const { rows, rowCount, command } = await this.clients[service].query<Record<string, unknown>>(sql, [
      ...values,
    ]);
    if (command !== 'SELECT' && rowCount === 0) throw new Error(`the statement changed no row: ${sql}`);
    return rows;
  }
}
