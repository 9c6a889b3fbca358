import { Client, type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import { ProvisioningError } from '#runtime';
import { passwordVerifier } from './password-verifier.js';

export interface Role {
  readonly name: string;
  readonly password: string;
}

/** One service's database and the roles that may connect to it. */
export interface DatabasePlan {
  readonly database: string;
  /** Owns the database and runs migrations; unused at run time. */
  readonly owner: Role;
  readonly service: Role;
  readonly auditor?: Role | undefined;
  readonly operator?: Role | undefined;
}

type RoleKind = Exclude<keyof DatabasePlan, 'database'>;

/**
 * Default timeouts per role, wider than the ones each session sets. Migrations and audits get long statement timeouts;
 * every role has a limit on idle transactions.
 */
export const ROLE_SETTINGS: Readonly<Record<RoleKind, Readonly<Record<string, string>>>> = {
  owner: { statement_timeout: '0', lock_timeout: '30s', idle_in_transaction_session_timeout: '5min' },
  service: { statement_timeout: '30s', lock_timeout: '10s', idle_in_transaction_session_timeout: '30s' },
  auditor: {
    statement_timeout: '15min',
    lock_timeout: '10s',
    idle_in_transaction_session_timeout: '15min',
    default_transaction_read_only: 'on',
  },
  operator: { statement_timeout: '2min', lock_timeout: '10s', idle_in_transaction_session_timeout: '1min' },
};

const ROLE_KINDS = Object.keys(ROLE_SETTINGS) as readonly RoleKind[];

/**
 * Creates missing roles and databases, and updates existing ones: passwords, timeouts, the owner, and CONNECT for the
 * planned roles only. Idempotent: after a failure, run it again.
 *
 * @param adminUrl URL of a superuser, or of a role with CREATEROLE and CREATEDB
 * @throws {ProvisioningError} when a planned role is the administrator, is both owner and service, or is privileged
 */
export async function ensureDatabases(adminUrl: string, plans: readonly DatabasePlan[]): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    const me = await readCurrentRole(admin);
    for (const plan of plans) {
      assertDistinctRoles(plan, me.name);
      for (const kind of ROLE_KINDS) if (plan[kind]) await ensureRole(admin, plan[kind], ROLE_SETTINGS[kind]);
      await ensureDatabase(admin, plan, me.isSuperuser);
    }
  });
  for (const plan of plans)
    await withClient(withDatabase(adminUrl, plan.database), (admin) => transferOwnership(admin, plan));
}

async function ensureRole(
  admin: ClientBase,
  { name, password }: Role,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const { rows } = await admin.query<{ isPrivileged: boolean }>(
    `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication AS "isPrivileged"
     FROM pg_roles WHERE rolname = $1`,
    [name],
  );
  if (rows[0]?.isPrivileged)
    throw new ProvisioningError(
      `${name} has server-wide privileges (superuser, CREATEROLE, CREATEDB, BYPASSRLS or REPLICATION): use another role`,
    );
  const role = escapeIdentifier(name);
  const command = rows.length === 0 ? 'CREATE' : 'ALTER';
  await admin.query(`${command} ROLE ${role} LOGIN PASSWORD ${escapeLiteral(passwordVerifier(password))}`);
  for (const [setting, value] of Object.entries(settings))
    await admin.query(`ALTER ROLE ${role} SET ${setting} = ${escapeLiteral(value)}`);
}

async function ensureDatabase(admin: ClientBase, plan: DatabasePlan, isSuperuser: boolean): Promise<void> {
  const [database, owner] = [escapeIdentifier(plan.database), escapeIdentifier(plan.owner.name)];
  // PostgreSQL lets only a member of a role make it an owner.
  if (!isSuperuser) await admin.query(`GRANT ${owner} TO CURRENT_USER`);
  const { rows } = await admin.query<{ owner: string }>(
    'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1',
    [plan.database],
  );
  if (rows.length === 0) {
    await admin.query(`CREATE DATABASE ${database} OWNER ${owner} TEMPLATE template0 ENCODING 'UTF8'`);
  } else if (rows[0]?.owner !== plan.owner.name) {
    await admin.query(`ALTER DATABASE ${database} OWNER TO ${owner}`);
  }
  await admin.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  for (const { name } of connectingRoles(plan))
    await admin.query(`GRANT CONNECT ON DATABASE ${database} TO ${escapeIdentifier(name)}`);
}

/** Statements that transfer each table, view and function of `public` to the owner $1; earlier versions created some. */
const OBJECTS_NOT_OWNED = `
  SELECT format('ALTER %s %s OWNER TO %I', kind, name, $1::text) AS sql
  FROM (
    SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, oid::regclass::text AS name, relowner AS owner
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
    UNION ALL
    SELECT 'FUNCTION', oid::regprocedure::text, proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'SCHEMA', 'public', nspowner FROM pg_namespace
    WHERE nspname = 'public' AND current_setting('server_version_num')::integer < 150000
  ) AS objects
  WHERE pg_get_userbyid(owner) <> $1`;

/** Transfers all objects of a database to its owner. The other roles get USAGE on the schema, but not CREATE. */
async function transferOwnership(admin: ClientBase, plan: DatabasePlan): Promise<void> {
  const { rows } = await admin.query<{ sql: string }>(OBJECTS_NOT_OWNED, [plan.owner.name]);
  for (const { sql } of rows) await admin.query(sql);
  await admin.query('REVOKE ALL ON SCHEMA public FROM PUBLIC');
  for (const { name } of connectingRoles(plan))
    await admin.query(`GRANT USAGE ON SCHEMA public TO ${escapeIdentifier(name)}`);
}

function connectingRoles({ service, auditor, operator }: DatabasePlan): readonly Role[] {
  return [service, auditor, operator].filter((role) => role !== undefined);
}

function assertDistinctRoles(plan: DatabasePlan, adminName: string): void {
  for (const kind of ROLE_KINDS) {
    if (plan[kind]?.name === adminName)
      throw new ProvisioningError(
        `${plan.database}: ${kind} is ${adminName}, the administrator of the database server; use another role`,
      );
  }
  if (plan.owner.name === plan.service.name)
    throw new ProvisioningError(
      `${plan.database}: owner and service are both ${plan.owner.name}; ` +
        'set a separate role in <SERVICE>_DATABASE_OWNER_URL',
    );
}

async function readCurrentRole(admin: ClientBase): Promise<{ name: string; isSuperuser: boolean }> {
  const { rows } = await admin.query<{ name: string; isSuperuser: boolean }>(
    'SELECT rolname AS name, rolsuper AS "isSuperuser" FROM pg_roles WHERE rolname = current_user',
  );
  return rows[0]!;
}

function withDatabase(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // the running query rejects with the same error
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
