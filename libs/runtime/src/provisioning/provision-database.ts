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

export interface ServiceDatabase {
  readonly migrations: readonly (new () => object)[];
  /** Who may do what with each table that the migrations make. */
  readonly privileges: Privileges;
  /** Puts in what a shop has on its first day. Must be idempotent: it runs at every provisioning. */
  readonly seed?: (tx: Transaction, database: Database) => Promise<void>;
}

export interface ProvisionOptions extends ServiceDatabase {
  /** As the role that is to own the tables. */
  readonly ownerUrl: string;
  /** Roles other than the owner that are granted what is declared for them. */
  readonly grantees?: Grantees;
}

const CONNECT_TIMEOUT_MS = 60_000;

/**
 * Brings the database of a service up to date, as its own provisioning program: `<SERVICE>_DATABASE_OWNER_URL` says as
 * whom, and the URLs of the service, `AUDIT_…` and `OPS_…` whom tables are granted to. Waits for a server that is away
 * or still starting. Idempotent, and may run beside the service.
 *
 * @throws ConfigurationError, ProvisioningError
 */
export async function provisionService(
  options: ServiceDatabase & { readonly service: string },
): Promise<void> {
  const { service } = options;
  const { ownerUrl, databaseUrl, auditorUrl, operatorUrl } = loadProvisioningUrls(service);
  const variable = `${service.toUpperCase()}_DATABASE_${ownerUrl === databaseUrl ? '' : 'OWNER_'}URL`;
  const owner = parseRole(ownerUrl);
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
    const applied = await provisionDatabase({ ...options, ownerUrl, grantees });
    const grantedRoles = Object.values(grantees).filter((role) => role !== undefined);
    const grantSummary = grantedRoles.length === 0 ? '' : `, rights granted to ${grantedRoles.join(', ')}`;
    console.log(`${service}: ${applied.length} migrations applied${grantSummary}`);
  } catch (error) {
    throw explainDatabaseError(variable, error);
  }
}

/** Pending migrations, then rights, then the seed. Idempotent. @returns the names of the migrations that were applied */
export async function provisionDatabase({
  ownerUrl,
  grantees = {},
  migrations,
  privileges,
  seed,
}: ProvisionOptions): Promise<string[]> {
  const settings = { url: ownerUrl, applicationName: 'provision', statementTimeoutMs: 120_000 };
  const applied = await migrate(databaseOptions(settings, migrations));
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

function parseRole(url: string): string {
  return decodeURIComponent(new URL(url).username);
}
