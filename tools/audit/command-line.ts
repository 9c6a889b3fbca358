import { parseArgs } from 'node:util';
import type { Language } from './translated-text.js';

export interface CommandLine {
  readonly help: boolean;
  readonly json: boolean;
  readonly instant: boolean;
  /** How long to wait for the shop to be idle, in ms. */
  readonly waitMs: number;
  readonly language: Language;
}

/** The command line is invalid; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `npm run audit -- [options]

  --instant     check only the invariants that hold at every instant (S1 to S7), also under load
  --wait 60s    wait until the shop is idle, at most this long, then check (500ms, 60s, 5m); default: 0s
  --json        print the report as JSON
  --lang en|zh  language of the report; default: the system's
  --help        print this text

Variables: AUDIT_ORDER_DATABASE_URL, AUDIT_INVENTORY_DATABASE_URL, AUDIT_PAYMENT_DATABASE_URL; optional:
AUDIT_GATEWAY_URL, AUDIT_RABBITMQ_URL, AUDIT_RABBITMQ_MANAGEMENT_URL, AUDIT_PARTITIONS. The audit is read-only. A ledger
of more than 100,000 orders is sorted in the temporary folder.

Exit code: 0 all invariants hold; 1 an invariant is violated, or the shop is not idle in time; 2 the audit failed.
`;

/** @throws UsageError when an option is unknown or invalid, or two contradict each other */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { help, json, instant, wait, lang } = parse(args);
  if (instant && wait !== undefined) throw new UsageError('--instant and --wait exclude each other');
  return { help, json, instant, waitMs: parseDuration(wait ?? '0s'), language: parseLanguage(lang) };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { help: flag, json: flag, instant: flag, wait: text, lang: text },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

function parseDuration(given: string): number {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m)$/.exec(given) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  if (unitMs === undefined) throw new UsageError(`--wait ${given} is no duration; expected 500ms, 60s or 5m`);
  return Number(amount) * unitMs;
}

function parseLanguage(given: string | undefined): Language {
  if (given === 'en' || given === 'zh') return given;
  if (given !== undefined) throw new UsageError(`--lang ${given} is not supported; expected en or zh`);
  return new Intl.DateTimeFormat().resolvedOptions().locale.startsWith('zh') ? 'zh' : 'en';
}
