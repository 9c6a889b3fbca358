import { escapeIdentifier } from 'pg';
import { statement, type Transaction } from './transaction.js';

/**
 * Privileges of each role on one table, in the syntax of GRANT: `SELECT, INSERT`, or per column
 * `UPDATE (parked_at, attempts)`. Declare them beside the migration that creates the table. The owner, which runs the
 * migrations, has all privileges; auditor and operator may read every table.
 */
export interface TablePrivileges {
  /** Privileges of the service's role at run time. Default none. */
  readonly service?: string;
  /** Privileges of the operator in addition to SELECT. Default none. */
  readonly operator?: string;
}

/** Privileges on all tables of a database, by table name. */
export type Privileges = Readonly<Record<string, TablePrivileges>>;

/** Names of the roles that receive privileges. No statement is run for an undefined role. */
export interface Grantees {
  readonly service?: string | undefined;
  readonly auditor?: string | undefined;
  readonly operator?: string | undefined;
}

/** A table has no declared privileges, or privileges are declared for a missing table. No privilege was changed. */
export class PrivilegesMismatchError extends Error {
  override readonly name = 'PrivilegesMismatchError';
}

/** TypeORM's table of applied migrations: the service needs no privilege on it. */
const MIGRATIONS_TABLE: Privileges = { migrations: {} };

const TABLES = statement(
  'privileges_list_tables',
  `SELECT relname AS name FROM pg_class
   WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
   ORDER BY relname`,
);

/**
 * Sets the privileges of `grantees` on all tables of the schema `public` to exactly the declared ones, and revokes those of
 * PUBLIC. It runs in `tx`, so no other session sees revoked privileges before the new ones. Only the owner of the tables
 * may call it.
 *
 * @throws PrivilegesMismatchError when a table or its declaration is missing
 */
export async function grantPrivileges(
  tx: Transaction,
  declared: Privileges,
  grantees: Grantees,
): Promise<void> {
  const privileges: Privileges = { ...MIGRATIONS_TABLE, ...declared };
  const tables = (await tx.query<{ name: string }>(TABLES)).map(({ name }) => name);
  const undeclared = tables.filter((table) => !(table in privileges));
  const unknown = Object.keys(privileges).filter((table) => !tables.includes(table));
  if (undeclared.length + unknown.length > 0)
    throw new PrivilegesMismatchError(describeMismatch(undeclared, unknown));
  for (const table of tables) {
    for (const sql of grantStatements(table, privileges[table] ?? {}, grantees))
      await tx.query(statement('', sql));
  }
}

function grantStatements(
  table: string,
  { service = '', operator = '' }: TablePrivileges,
  grantees: Grantees,
): string[] {
  const on = `ON TABLE public.${escapeIdentifier(table)}`;
  const withSelect = (more: string): string => (more === '' ? 'SELECT' : `SELECT, ${more}`);
  const privilegesByRole = [
    [grantees.service, service],
    [grantees.auditor, withSelect('')],
    [grantees.operator, withSelect(operator)],
  ] as const;
  return [
    `REVOKE ALL ${on} FROM PUBLIC`,
    ...privilegesByRole.flatMap(([role, privileges]) => {
      if (role === undefined) return [];
      const revoke = `REVOKE ALL ${on} FROM ${escapeIdentifier(role)}`;
      return privileges === ''
        ? [revoke]
        : [revoke, `GRANT ${privileges} ${on} TO ${escapeIdentifier(role)}`];
    }),
  ];
}

function describeMismatch(undeclared: readonly string[], unknown: readonly string[]): string {
  const lines = [
    ...undeclared.map(
      (table) => `table ${table} has no declared privileges: declare them beside its migration`,
    ),
    ...unknown.map((table) => `privileges are declared for ${table}, which does not exist`),
  ];
  return lines.join('\n');
}
