import { Client, escapeIdentifier } from 'pg';
import { type DatabaseAccess } from '../provision/access.js';

/** Makes and drops databases of ours. */
export class Databases {
  constructor(readonly access: DatabaseAccess) {}

  /**
   * Creates an empty database (UTF-8), named with our prefix.
   * @returns its URL, as the administrator.
   */
  async create(name: string): Promise<string> {
    const database = this.access.namePrefix + name;
    await this.#run(`CREATE DATABASE ${escapeIdentifier(database)} TEMPLATE template0 ENCODING 'UTF8'`);
    return this.url(name);
  }

  /** Where a database of ours is, or is to be, as the administrator. */
  url(name: string): string {
    const url = new URL(this.access.adminUrl);
    url.pathname = `/${encodeURIComponent(this.access.namePrefix + name)}`;
    return url.href;
  }

  /** Drops roles, by their whole names. Nothing may be theirs any more. */
  async dropRoles(roles: readonly string[]): Promise<void> {
    for (const role of roles) await this.#run(`DROP ROLE IF EXISTS ${escapeIdentifier(role)}`);
  }

  /** Drops a database that {@link create} made, with whoever is still connected to it. */
  async drop(name: string): Promise<void> {
    await this.#drop(this.access.namePrefix + name);
  }

  /** Drops every database and role whose name begins with our prefix. */
  async dropAll(): Promise<void> {
    if (this.access.namePrefix === '') throw new Error('without a prefix nothing tells our databases apart');
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

  /** One statement on a connection of its own. Returns the column `name`, where there is one. */
  async #run(statement: string, values: string[] = []): Promise<string[]> {
    const client = new Client({ connectionString: this.access.adminUrl, connectionTimeoutMillis: 10_000 });
    client.on('error', () => {}); // the statement under way rejects with it
    await client.connect();
    try {
      return (await client.query<{ name: string }>(statement, values)).rows.map((row) => row.name);
    } finally {
      await client.end();
    }
  }
}
