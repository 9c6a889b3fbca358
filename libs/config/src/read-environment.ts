import { readFileSync } from 'node:fs';
import { findClosest } from './edit-distance.js';

/** One unusable variable. */
export interface ConfigurationProblem {
  /** The name with its prefix: `ORDER_HTTP_PORT`. */
  readonly variable: string;
  /** The fault and the expected value. Never contains the value of the variable, which may be a secret. */
  readonly problem: string;
}

/** The variables of one prefix. */
export interface EnvironmentVariables {
  /** Values by name without the prefix; for a `_FILE` variable, the content of the file. */
  readonly values: ReadonlyMap<string, string>;
  /** The variable of each value, with its prefix: `ORDER_DATABASE_URL_FILE`. */
  readonly sources: ReadonlyMap<string, string>;
  /** Unknown variables, files that cannot be read, and variables that are set twice. */
  readonly problems: readonly ConfigurationProblem[];
}

const FILE_SUFFIX = '_FILE';

/**
 * Reads the variables of a prefix. A file may hold a value, the form of secrets in Docker and Kubernetes:
 * `ORDER_DATABASE_URL_FILE=/run/secrets/order` means the trimmed content of that file. Never throws: faults are `problems`.
 *
 * @param known names without the prefix; any other name is a problem
 */
export function readEnvironment(
  prefix: string,
  known: readonly string[],
  env: NodeJS.ProcessEnv,
): EnvironmentVariables {
  const values = new Map<string, string>();
  const sources = new Map<string, string>();
  const problems: ConfigurationProblem[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!text || !variable.startsWith(`${prefix}_`)) continue;
    const suffixedName = variable.slice(prefix.length + 1);
    // A known name may itself end in _FILE, such as GATEWAY_LEDGER_FILE: its value is a path, not the content.
    const isFromFile = suffixedName.endsWith(FILE_SUFFIX) && !known.includes(suffixedName);
    const name = isFromFile ? suffixedName.slice(0, -FILE_SUFFIX.length) : suffixedName;
    const add = (problem: string): number => problems.push({ variable, problem });
    if (!known.includes(name))
      add(describeUnknownVariable(prefix, name, isFromFile ? FILE_SUFFIX : '', known));
    else if (isFromFile && env[`${prefix}_${name}`])
      add(`${prefix}_${name} is set as well; set one of the two`);
    else {
      const value = isFromFile ? readFileContent(text) : text;
      if (typeof value !== 'string') add(value.problem);
      values.set(name, typeof value === 'string' ? value : '');
      sources.set(name, variable);
    }
  }
  return { values, sources, problems };
}

function readFileContent(path: string): string | { readonly problem: string } {
  try {
    return readFileSync(path, 'utf8').trim() || { problem: `the file ${path} is empty` };
  } catch (error) {
    return { problem: `the file cannot be read: ${(error as Error).message}` };
  }
}

function describeUnknownVariable(
  prefix: string,
  name: string,
  suffix: string,
  known: readonly string[],
): string {
  const nearest = findClosest(name, known);
  const hint = nearest ? `did you mean ${prefix}_${nearest}${suffix}?` : `known are ${known.join(', ')}`;
  return `no such variable; ${hint}`;
}
