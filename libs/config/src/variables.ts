import { z } from 'zod';

/**
 * A schema for the text of a variable. A missing or unusable text is a problem that names `expected` and never contains the
 * text.
 *
 * @param expected the expected value, as in `expected a port from 0 to 65535`
 * @param parse returns undefined for a text that is not usable
 */
export function variable<T>(expected: string, parse: (text: string) => T | undefined) {
  return z.string({ error: `is not set; expected ${expected}` }).transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', message: `cannot be used; expected ${expected}`, input: text });
    return z.NEVER;
  });
}

/** Any text. @param expected the expected value, for the problem of a missing variable; default `a text` */
export const text = (expected = 'a text') => variable(expected, (input) => input);

/** Any text. `describeConfig` masks by name, so the variable must be named `…TOKEN`, `…SECRET` or `…PASSWORD`. */
export const secret = () => text('a secret');

/** A whole number from `min` to `max`, both inclusive. */
export function integer({ min, max }: { min: number; max: number }) {
  return variable(`a whole number from ${min} to ${max}`, (input) => parseInteger(input, min, max));
}

/** A TCP port from 0 to 65,535; 0 means any free port. */
export const port = () => variable('a port from 0 to 65535', (input) => parseInteger(input, 0, 65_535));

/** A duration in whole milliseconds from `min` to `max`, both inclusive. Name the variable `…_MS`. */
export function durationMs({ min, max }: { min: number; max: number }) {
  return variable(`milliseconds from ${min} to ${max}`, (input) => parseInteger(input, min, max));
}

/** A boolean: the text `true` or `false`. */
export const flag = () =>
  variable('true or false', (input) => (input === 'true' ? true : input === 'false' ? false : undefined));

/** One of the given words, typed as their union. */
export function choice<const Word extends string>(values: readonly Word[]) {
  return variable(`one of ${values.join(', ')}`, (input) => values.find((word) => word === input));
}

/** A log level of pino, or `silent`. */
export const logLevel = () => choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);

const URL_PROTOCOLS = {
  postgres: ['postgres:', 'postgresql:'],
  amqp: ['amqp:', 'amqps:'],
  http: ['http:', 'https:'],
} as const;

/**
 * A URL, as text: `postgres(ql)://…`, `amqp(s)://…` or `http(s)://…`. Letters such as `ö` and `密` may stand in it as they
 * are; they are percent-encoded in the value of the other two kinds. A problem is a `%` that begins no escape, and an `@`
 * behind the host: an unescaped `/`, `?` or `#` in a password ends the host before it.
 */
export function url(kind: keyof typeof URL_PROTOCOLS) {
  const protocols: readonly string[] = URL_PROTOCOLS[kind];
  const parsed = variable(`a URL like ${kind}://host/…`, (input) =>
    URL.canParse(input) && protocols.includes(new URL(input).protocol) ? input : undefined,
  );
  return parsed
    .refine(
      hasUsableCredentials,
      'has characters that a URL needs escaped in a user or password: write % as %25, / as %2F, ? as %3F, # as %23',
    )
    .transform((input) => (kind === 'http' ? input : new URL(input).href));
}

/** Programs decode user, password and path; bytes that are not UTF-8 cannot be decoded either. */
function hasUsableCredentials(input: string): boolean {
  if (!URL.canParse(input)) return true; // a problem already
  const { username, password, pathname, search, hash } = new URL(input);
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
  } catch {
    return false;
  }
  return username !== '' || !`${pathname}${search}${hash}`.includes('@');
}

/**
 * A variable for tests: a problem when it is set and `NODE_ENV` is `production`.
 *
 * @param effect the effect of the variable, for the problem: `ends the process`
 */
export function forbidInProduction<Schema extends z.ZodType>(schema: Schema, effect: string): Schema {
  const isAllowed = (): boolean => process.env['NODE_ENV'] !== 'production';
  return schema.refine(isAllowed, `${effect}; not with NODE_ENV=production`);
}

function parseInteger(text: string, min: number, max: number): number | undefined {
  const value = Number(text);
  return /^-?\d+$/.test(text) && value >= min && value <= max ? value : undefined;
}
