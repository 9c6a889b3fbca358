import type { z } from 'zod';
import { type ConfigurationProblem, readEnvironment } from './read-environment.js';

export type { ConfigurationProblem };

/** `HTTP_PORT` → `httpPort`. */
type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<Name>;

/** What `loadConfig` returns: the schema's values under camelCase names (`HTTP_PORT` → `httpPort`), read-only. */
export type Config<Schema extends z.ZodObject> = {
  readonly [Name in keyof z.output<Schema> & string as CamelCase<Name>]: z.output<Schema>[Name];
};

/** The environment cannot be used. Every problem is listed, not only the first. The process must not start. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  // Private, so that an uncaught one is not printed twice.
  readonly #problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    const lines = problems.map(({ variable, problem }) => `  ${variable}: ${problem}`);
    super(`The configuration is not usable:\n${lines.join('\n')}`);
    this.#problems = problems;
    // A stack tells whoever sets variables nothing.
    this.stack = `${this.name}: ${this.message}`;
  }

  get problems(): readonly ConfigurationProblem[] {
    return this.#problems;
  }
}

/**
 * Reads the variables `<prefix>_<NAME>` of an app into one checked, deep-frozen object with camelCase names:
 * `loadConfig('ORDER', z.object({ HTTP_PORT: port().default(3000) }))` → `{ httpPort: 3000 }`.
 *
 * Instead of a variable, `<prefix>_<NAME>_FILE` may name a file that holds its value, as Docker and Kubernetes hand over
 * secrets. An empty variable counts as not set, so that `ORDER_X=${ORDER_X:-}` in a compose file means the default.
 * A variable with the prefix that the schema does not know is refused, with the nearest known name. (Kubernetes
 * injects variables of its own for a Service named like the app: set `enableServiceLinks: false` on its pods.)
 *
 * @throws ConfigurationError listing every problem
 */
export function loadConfig<Schema extends z.ZodObject>(
  prefix: string,
  schema: Schema,
  env: NodeJS.ProcessEnv = process.env,
): Config<Schema> {
  const { values, sources, problems } = readEnvironment(prefix, Object.keys(schema.shape), env);
  const parsed = schema.safeParse(Object.fromEntries(values));
  const all = [...problems];
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = String(path[0] ?? '*');
    const variable = sources.get(name) ?? `${prefix}_${name}`;
    // What a file could not tell has been said.
    if (!problems.some((problem) => problem.variable === variable)) all.push({ variable, problem: message });
  }
  if (all.length > 0) throw new ConfigurationError(all);

  const camelCased = Object.entries(parsed.data ?? {}).map(([name, value]) => [toCamelCase(name), value]);
  return deepFreeze(Object.fromEntries(camelCased) as Config<Schema>);
}

/** As {@link loadConfig}, without a word about other variables of the prefix. @throws ConfigurationError */
export function loadPartialConfig<Schema extends z.ZodObject>(
  prefix: string,
  schema: Schema,
  env: NodeJS.ProcessEnv = process.env,
): Config<Schema> {
  const names = Object.keys(schema.shape).flatMap((name) => [`${prefix}_${name}`, `${prefix}_${name}_FILE`]);
  const subset = Object.fromEntries(names.map((name) => [name, env[name]]));
  return loadConfig(prefix, schema, subset);
}

function toCamelCase(name: string): string {
  return name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
