import type { ClientBase } from 'pg';

/** Settings of a session by name, with the values that `pg_settings` shows: times in its unit, without one. */
export type SessionSettings = Readonly<Record<string, string>>;

const READ_BACK = `SELECT name, setting FROM pg_settings WHERE name = ANY ($1)`;

/**
 * A session does not have the settings that it asked for when it connected. A pooler has dropped them: PgBouncer does, for
 * the parameters in its `ignore_startup_parameters`. Set them for the role instead; see the page on deployment.
 */
export class SessionSettingsError extends Error {
  override readonly name = 'SessionSettingsError';

  /** @param missing settings that the session lacks */
  constructor(missing: SessionSettings) {
    const list = Object.entries(missing).map(([name, value]) => `${name} = ${value}`);
    super(
      `the session lacks settings that it asked for: ${list.join(', ')}. A connection pooler drops them ` +
        '(ignore_startup_parameters of PgBouncer): set them with ALTER ROLE … SET',
    );
  }
}

/** The `options` startup parameter for these settings: `-c name=value …`. */
export function toStartupOptions(settings: SessionSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/**
 * Reads the settings of a new session back.
 *
 * @throws SessionSettingsError when the session lacks one of them
 */
export async function assertSessionSettings(client: ClientBase, expected: SessionSettings): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(READ_BACK, [Object.keys(expected)]);
  const found = new Map(rows.map(({ name, setting }) => [name, setting]));
  const missing = Object.entries(expected).filter(([name, value]) => found.get(name) !== value);
  if (missing.length > 0) throw new SessionSettingsError(Object.fromEntries(missing));
}
