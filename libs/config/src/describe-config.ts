const SECRET_NAME = /token|secret|password|credential|(^|[a-z])key$/i;
const URL_PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*):[^/?#]*@/i;

/**
 * A copy of a config that is safe to log: passwords in URLs are masked, and so is every value with a name that contains
 * `token`, `secret`, `password` or `credential`, or ends in `key`.
 * `{ databaseUrl: 'postgres://order:***@db/order', adminToken: '***' }`
 */
export function describeConfig(config: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]: [string, unknown]) => [name, redact(name, value)]),
  );
}

function redact(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name)) return '***';
  if (typeof value === 'string') return value.replace(URL_PASSWORD, '$1:***@');
  if (Array.isArray(value)) return value.map((item: unknown) => redact(name, item));
  if (typeof value === 'object' && value !== null) return describeConfig(value);
  return value;
}
