import { z } from 'zod';

/**
 * A variable of any kind: its text goes in, a checked value comes out. `parse` returns undefined for text it
 * cannot use; the error then says what was expected, and never repeats the text.
 */
export function variable<T>(expected: string, parse: (text: string) => T | undefined) {
  return z.string({ error: `is not set; expected ${expected}` }).transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', message: `cannot be used; expected ${expected}`, input: text });
    return z.NEVER;
  });
}

/** Any text. */
export const text = (expected = 'a text') => variable(expected, (input) => input);

/** Any text; `describeConfig` masks it by its name, so call it `…TOKEN`, `…SECRET` or `…PASSWORD`. */
export const secret = () => text('a secret');

/** A whole number within its bounds, both included. */
export function integer({ min, max }: { min: number; max: number }) {
  return variable(`a whole number from ${min} to ${max}`, (input) => parseInteger(input, min, max));
}

/** A TCP port. 0 lets the system choose one. */
export const port = () => variable('a port from 0 to 65535', (input) => parseInteger(input, 0, 65_535));

/** A duration in milliseconds within its bounds, both included. Its name ends in `_MS`. */
export function durationMs({ min, max }: { min: number; max: number }) {
  return variable(`milliseconds from ${min} to ${max}`, (input) => parseInteger(input, min, max));
}

/** `true` or `false`, and nothing else. */
export const flag = () =>
  variable('true or false', (input) => (input === 'true' ? true : input === 'false' ? false : undefined));

/** One of a few words. */
export function choice<const Word extends string>(values: readonly Word[]) {
  return variable(`one of ${values.join(', ')}`, (input) => values.find((word) => word === input));
}

/** pino's levels. */
export const logLevel = () => choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);

const URL_PROTOCOLS = {
  postgres: ['postgres:', 'postgresql:'],
  amqp: ['amqp:', 'amqps:'],
  http: ['http:', 'https:'],
} as const;

/** A URL of a kind, as text: `postgres://…`, `amqp://…` or `http://…`, or their secure forms. */
export function url(kind: keyof typeof URL_PROTOCOLS) {
  const protocols: readonly string[] = URL_PROTOCOLS[kind];
  return variable(`a URL like ${kind}://host/…`, (input) =>
    URL.canParse(input) && protocols.includes(new URL(input).protocol) ? input : undefined,
  );
}

/** For what tests alone may set. With `NODE_ENV=production` it is refused, and the error says what it `does`. */
export function forbidInProduction<Schema extends z.ZodType>(schema: Schema, effect: string): Schema {
  const isAllowed = (): boolean => process.env['NODE_ENV'] !== 'production';
  return schema.refine(isAllowed, `${effect}; not with NODE_ENV=production`);
}

function parseInteger(text: string, min: number, max: number): number | undefined {
  const value = Number(text);
  return /^-?\d+$/.test(text) && value >= min && value <= max ? value : undefined;
}
