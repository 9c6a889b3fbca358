import type { z } from 'zod';
import { type ConfigurationProblem, readEnvironment } from './read-environment.js';

export type { ConfigurationProblem };

/** `HTTP_PORT` → `httpPort`. */
type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<Name>;

/** The result of {@link loadConfig}: the values of the schema under camelCase names (`HTTP_PORT` → `httpPort`), read-only. */
export type Config<Schema extends z.ZodObject> = {
  readonly [Name in keyof z.output<Schema> & string as CamelCase<Name>]: z.output<Schema>[Name];
};

/** The environment is not usable, so the process must not start. The message lists every problem. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  // Private: Node.js would print a public property of an uncaught error once more.
  readonly #problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    const lines = problems.map(({ variable, problem }) => `  ${variable}: ${problem}`);
    super(`The configuration is not usable:\n${lines.join('\n')}`);
    this.#problems = problems;
    // The cause is a variable, so the stack is omitted.
    this.stack = `${this.name}: ${this.message}`;
  }

  /** Every problem: first those of the environment, then those of the schema. */
  get problems(): readonly ConfigurationProblem[] {
    return this.#problems;
  }
}

/**
 * Reads the variables `<prefix>_<NAME>` of an app into one validated, deeply frozen object with camelCase names:
 * `loadConfig('ORDER', z.object({ HTTP_PORT: port().default(3000) }))` → `{ httpPort: 3000 }`.
 *
 * `<prefix>_<NAME>_FILE` may name a file with the value instead, the form of secrets in Docker and Kubernetes. An empty
 * variable counts as not set, so `ORDER_X=${ORDER_X:-}` in a compose file means the default. An unknown variable with the
 * prefix is rejected, and the closest known name is suggested. (Kubernetes injects variables for a Service named like the
 * app: set `enableServiceLinks: false` on its pods.)
 *
 * @param env default: the environment of the process
 * @throws ConfigurationError with every problem
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
    // A file that cannot be read is already a problem.
    if (!problems.some((problem) => problem.variable === variable)) all.push({ variable, problem: message });
  }
  if (all.length > 0) throw new ConfigurationError(all);

  const camelCased = Object.entries(parsed.data ?? {}).map(([name, value]) => [toCamelCase(name), value]);
  return deepFreeze(Object.fromEntries(camelCased) as Config<Schema>);
}

/**
 * Like {@link loadConfig}, for a program that reads some variables of another app: unknown variables with the prefix are
 * ignored.
 *
 * @throws ConfigurationError with every problem
 */
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
