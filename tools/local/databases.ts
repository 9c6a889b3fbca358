import { Client, escapeIdentifier } from 'pg';
import { type DatabaseAccess } from '../provision/access.js';

/** Creates and drops the databases of one run, by name prefix. */
export class Databases {
  constructor(readonly access: DatabaseAccess) {}

  /**
   * Creates an empty UTF-8 database named `namePrefix + name`.
   * @returns the administrator's URL of the database.
   */
  async create(name: string): Promise<string> {
    const database = this.access.namePrefix + name;
    await this.#run(`CREATE DATABASE ${escapeIdentifier(database)} TEMPLATE template0 ENCODING 'UTF8'`);
    return this.url(name);
  }

  /** The administrator's URL of the database `namePrefix + name`; the database need not exist yet. */
  url(name: string): string {
    const url = new URL(this.access.adminUrl);
    url.pathname = `/${encodeURIComponent(this.access.namePrefix + name)}`;
    return url.href;
  }

  /** Drops roles by their full names. PostgreSQL refuses to drop a role that still owns objects. */
  async dropRoles(roles: readonly string[]): Promise<void> {
    for (const role of roles) await this.#run(`DROP ROLE IF EXISTS ${escapeIdentifier(role)}`);
  }

  /** Drops a database that {@link create} made, and terminates its open connections. */
  async drop(name: string): Promise<void> {
    await this.#drop(this.access.namePrefix + name);
  }

  /**
   * Drops every database and role with the run's name prefix.
   * @throws Error when the prefix is empty: it would match every database of the server
   */
  async dropAll(): Promise<void> {
    if (this.access.namePrefix === '')
      throw new Error('refusing to drop all databases: the name prefix is empty');
    const pattern = [`${this.access.namePrefix.replaceAll('_', '\\_')}%`];
    const databases = await this.#run(
      'SELECT datname AS name FROM pg_database WHERE datname LIKE $1',
      pattern,
    );
    for (const name of databases) await this.#drop(name);
    const roles = await this.#run('SELECT rolname AS name FROM pg_roles WHERE rolname LIKE $1', pattern);
    for (const name of roles) await this.#run(`DROP ROLE ${escapeIdentifier(name)}`);
  }

  async #drop(database: string): Promise<void> {
    await this.#run(`DROP DATABASE IF EXISTS ${escapeIdentifier(database)} WITH (FORCE)`);
  }

  /** Runs one statement on a new connection. Returns the values of the column `name`, if the result has one. */
  async #run(statement: string, values: string[] = []): Promise<string[]> {
    const client = new Client({ connectionString: this.access.adminUrl, connectionTimeoutMillis: 10_000 });
    client.on('error', () => {}); // the running query rejects with the same error
    await client.connect();
    try {
      return (await client.query<{ name: string }>(statement, values)).rows.map((row) => row.name);
    } finally {
      await client.end();
    }
  }
}
