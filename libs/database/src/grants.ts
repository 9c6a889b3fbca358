import { escapeIdentifier } from 'pg';
import { statement, type Transaction } from './transaction.js';

/**
 * What each role may do with a table, in the words of GRANT: `SELECT, INSERT`, or for some columns
 * `UPDATE (parked_at, attempts)`. It stands beside the migration that creates the table, so that a reader sees both.
 * The owner, who migrates, may do everything; auditor and operator may read every table.
 */
export interface TablePrivileges {
  /** The service's own role, at run time. */
  readonly service?: string;
  /** Beside reading. */
  readonly operator?: string;
}

/** The rights on all tables of a database, by table. */
export type Privileges = Readonly<Record<string, TablePrivileges>>;

/** The names of the roles that rights are granted to; one that is missing is granted nothing. */
export interface Grantees {
  readonly service?: string | undefined;
  readonly auditor?: string | undefined;
  readonly operator?: string | undefined;
}

/** A table without declared rights, or declared rights without a table. Nothing was granted. */
export class PrivilegesMismatchError extends Error {
  override readonly name = 'PrivilegesMismatchError';
}

/** What TypeORM notes its migrations in: nobody's business but the owner's, and the auditor's. */
const MIGRATIONS_TABLE: Privileges = { migrations: {} };

const TABLES = statement(
  'privileges_list_tables',
  `SELECT relname AS name FROM pg_class
   WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
   ORDER BY relname`,
);

/**
 * Grants what is declared and takes back everything else that these roles, or everybody, may do with the tables of
 * `public`. In the transaction it is given: nobody sees a moment without rights. Only the tables' owner may call it.
 *
 * @throws PrivilegesMismatchError when declarations and tables are not the same
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
    ...undeclared.map((table) => `table ${table} has no declared rights: declare them beside its migration`),
    ...unknown.map((table) => `rights are declared for ${table}, and there is no such table`),
  ];
  return lines.join('\n');
}
