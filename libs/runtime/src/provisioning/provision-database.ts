import { DataSource } from 'typeorm';
import {
  Database,
  databaseOptions,
  type Grantees,
  grantPrivileges,
  migrate,
  waitForDatabase,
  type Privileges,
  type Transaction,
} from '#database';
import { explainDatabaseError } from './explain-database.js';
import { loadProvisioningUrls } from './provisioning-urls.js';
import { assertPostgresVersion } from './server-versions.js';

/** The schema and the opening data of a service. */
export interface ServiceDatabase {
  /** Applied in the order of the timestamps in their names. Required. */
  readonly migrations: readonly (new () => object)[];
  /** Privileges per table and per kind of role; every table of the migrations needs an entry. Required. */
  readonly privileges: Privileges;
  /** Inserts the opening data in one transaction. Must be idempotent: it runs at every provisioning. Default none. */
  readonly seed?: (tx: Transaction, database: Database) => Promise<void>;
}

/** A database to provision, and the roles to grant privileges to. */
export interface ProvisionOptions extends ServiceDatabase {
  /** URL with the role that owns the tables. Required. */
  readonly ownerUrl: string;
  /** Roles, other than the owner, that receive the declared privileges. Default none. */
  readonly grantees?: Grantees;
  /** Receives a line before each retry of a migration. Default none. */
  readonly report?: (line: string) => void;
}

/** Longest wait for an unavailable server. */
const CONNECT_TIMEOUT_MS = 60_000;

/**
 * Migrates, grants and seeds the database of a service: the provisioning program of the service. The owner comes from
 * `<SERVICE>_DATABASE_OWNER_URL`; the grantees come from the URLs of the service, `AUDIT_…` and `OPS_…`. Waits up to
 * 60 s for an unavailable or starting server. Idempotent, and safe while the service runs.
 *
 * @throws ConfigurationError when a variable is missing or unusable
 * @throws ProvisioningError when the server stays unavailable, or a role or database is missing or lacks a privilege
 */
export async function provisionService(
  options: ServiceDatabase & { readonly service: string },
): Promise<void> {
  const { service } = options;
  const { ownerUrl, databaseUrl, auditorUrl, operatorUrl } = loadProvisioningUrls(service);
  const variable = `${service.toUpperCase()}_DATABASE_${ownerUrl === databaseUrl ? '' : 'OWNER_'}URL`;
  const owner = parseRole(ownerUrl);
  // The owner has every privilege, so it is never a grantee.
  const grantee = (url?: string): string | undefined => {
    const role = url === undefined ? undefined : parseRole(url);
    return role === owner ? undefined : role;
  };
  const grantees = {
    service: grantee(databaseUrl),
    auditor: grantee(auditorUrl),
    operator: grantee(operatorUrl),
  };
  try {
    await waitForDatabase(ownerUrl, CONNECT_TIMEOUT_MS);
    await assertPostgresVersion(variable, ownerUrl);
    const report = (line: string): void => console.log(`${service}: ${line}`);
    const applied = await provisionDatabase({ ...options, ownerUrl, grantees, report });
    const grantedRoles = Object.values(grantees).filter((role) => role !== undefined);
    const grantSummary =
      grantedRoles.length === 0 ? '' : `, privileges granted to ${grantedRoles.join(', ')}`;
    console.log(`${service}: ${applied.length} migrations applied${grantSummary}`);
  } catch (error) {
    throw explainDatabaseError(variable, error);
  }
}

/**
 * Applies pending migrations, then grants privileges, then seeds. Idempotent.
 *
 * @returns the names of the migrations that were applied
 * @throws the error of PostgreSQL; `explainDatabaseError` adds the remedy
 */
export async function provisionDatabase({
  ownerUrl,
  grantees = {},
  migrations,
  privileges,
  seed,
  report,
}: ProvisionOptions): Promise<string[]> {
  const settings = { url: ownerUrl, applicationName: 'provision' };
  const applied = await migrate({ ...settings, migrations, ...(report && { report }) });
  const dataSource = await new DataSource(databaseOptions(settings)).initialize();
  const database = new Database(dataSource);
  try {
    await database.transaction((tx) => grantPrivileges(tx, privileges, grantees));
    if (seed) await database.transaction((tx) => seed(tx, database));
  } finally {
    await dataSource.destroy();
  }
  return applied;
}

/** The role that a URL logs in with. */
function parseRole(url: string): string {
  return decodeURIComponent(new URL(url).username);
}
