import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { type Service, services } from '#contracts';
import { type DeadLetterFilter, type DeadLetterStatus, deadLetterStatuses } from '#dead-letters';
import { hasCriteria } from '#operator-api';
import { RefusedError } from './terminal.js';

/** The options that select dead letters, as commander has parsed them. */
export interface SelectionOptions {
  readonly service?: Service;
  readonly failureReason?: string;
  readonly error?: string;
  readonly type?: string;
  readonly order?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly cause?: string;
  readonly status?: DeadLetterStatus | 'any';
}

/** Adds the options that select dead letters. */
export function withSelectionOptions(command: Command): Command {
  return withPeriodOptions(withServiceOption(command), 'the last failure was')
    .option('--cause <key>', 'key of a group, from dead-letters groups')
    .option('--failure-reason <code>', 'code of the failure, for example invalid_data')
    .option('--error <text>', 'part of the error message')
    .option('--type <event>', 'type of the event, for example order.placed')
    .option('--order <id>', 'id of an order, searched in the bytes of the body', parseUuid);
}

/** Adds `--service`. */
export function withServiceOption(command: Command): Command {
  return command.addOption(
    new Option('--service <name>', 'only the tables of one service').choices([...services]),
  );
}

/** Adds `--since` and `--until`. */
export function withPeriodOptions(command: Command, fact: string): Command {
  return command
    .option('--since <time>', `${fact} at this time or later: ${INSTANT_FORMS}`, parseInstant)
    .option('--until <time>', `${fact} before this time`, parseInstant);
}

/** Adds `--status`. */
export function withStatusOption(command: Command): Command {
  const choices = [...deadLetterStatuses, 'any'];
  return command.addOption(new Option('--status <status>', 'status').choices(choices).default('open'));
}

/** The filter of the options. */
export function toFilter(options: SelectionOptions, ids: readonly string[] = []): DeadLetterFilter {
  const { failureReason, error, type, order, since, until, cause, status } = options;
  return {
    ids: ids.length > 0 ? ids : undefined,
    status: status === undefined || status === 'any' ? undefined : [status],
    failureReason,
    error,
    type,
    orderId: order,
    since,
    until,
    cause,
  };
}

/** The filter of a command that changes data. @throws RefusedError when it has neither a criterion nor `--all` */
export function toNarrowFilter(
  options: SelectionOptions & { readonly all?: boolean },
  ids: readonly string[],
): DeadLetterFilter {
  const filter = toFilter(options, ids);
  if (options.service === undefined && !hasCriteria(filter) && options.all !== true) {
    throw new RefusedError('no selection: give ids, options that select, or --all', 2);
  }
  return filter;
}

/** Parses an id. @throws InvalidArgumentError */
export function parseUuid(given: string): string {
  if (z.uuid().safeParse(given).success) return given.toLowerCase();
  throw new InvalidArgumentError('Expected a UUID, for example 019a0000-0000-7000-8000-000000000000.');
}

/** Parses one of several ids, as commander collects them. @throws InvalidArgumentError */
export function collectUuids(given: string, before: readonly string[] = []): readonly string[] {
  return [...before, parseUuid(given)];
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const INSTANT_FORMS = '30m, 2h or 7d ago, or 2026-11-21T10:00:00Z';
const rfc3339 = z.iso.datetime({ offset: true });

/** Parses a time in RFC 3339 with a zone, or a time before now: `30m`, `2h`, `7d`. @throws InvalidArgumentError */
export function parseInstant(given: string): Date {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(given) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  if (unitMs !== undefined) return new Date(Date.now() - Number(amount) * unitMs);
  if (rfc3339.safeParse(given).success) return new Date(given);
  throw new InvalidArgumentError(`Expected ${INSTANT_FORMS}.`);
}

/** Parses the number of rows that `--count` expects. @throws InvalidArgumentError */
export function parseCount(given: string): number {
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new InvalidArgumentError('Expected a number.');
}

/** Parses the largest number of rows to list. @throws InvalidArgumentError */
export function parseLimit(given: string): number {
  const value = Number(given);
  if (/^\d{1,6}$/.test(given) && value >= 1) return value;
  throw new InvalidArgumentError('Expected a number of at least 1.');
}
