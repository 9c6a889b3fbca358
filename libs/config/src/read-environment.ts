import { readFileSync } from 'node:fs';
import { findClosest } from './edit-distance.js';

export interface ConfigurationProblem {
  /** The whole name, with its prefix: `ORDER_HTTP_PORT`. */
  readonly variable: string;
  /** What is wrong and what is expected. Never holds the value of the variable: it may be a secret. */
  readonly problem: string;
}

/** What the environment says for one prefix. */
export interface EnvironmentVariables {
  /** By name without the prefix; the content where a file was named. */
  readonly values: ReadonlyMap<string, string>;
  /** The variable that each value came from, with its prefix: `ORDER_DATABASE_URL_FILE`. */
  readonly sources: ReadonlyMap<string, string>;
  readonly problems: readonly ConfigurationProblem[];
}

const FILE_SUFFIX = '_FILE';

/**
 * Reads the variables of a prefix. Each may also be given by a file, the way Docker and Kubernetes hand over secrets:
 * `ORDER_DATABASE_URL_FILE=/run/secrets/order` is the content of that file, without white space around it.
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
    // A variable that is called …_FILE itself, such as GATEWAY_LEDGER_FILE, is none of a file's.
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
