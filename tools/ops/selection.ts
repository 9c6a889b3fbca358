import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { type Service, services } from '#contracts';
import { type DeadLetterFilter, type DeadLetterStatus, deadLetterStatuses } from '#dead-letters';
import { hasCriteria } from '#operator-api';
import { RefusedError } from './terminal.js';

/** The options by which dead letters are chosen, as commander has parsed them. */
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

/** Adds the options by which dead letters are chosen. */
export function withSelectionOptions(command: Command): Command {
  return command
    .addOption(new Option('--service <name>', 'of one service').choices([...services]))
    .option('--cause <key>', 'of one group, by its key')
    .option('--failure-reason <word>', 'such as invalid_data')
    .option('--error <text>', 'with this in the error')
    .option('--type <event>', 'such as order.placed')
    .option('--order <id>', 'of one order, also in what is no event', parseUuid)
    .option('--since <when>', 'failed since: 2h, 3d, or 2026-11-21T10:00Z', parseInstant)
    .option('--until <when>', 'failed before', parseInstant);
}

export function withStatusOption(command: Command): Command {
  const choices = [...deadLetterStatuses, 'any'];
  return command.addOption(
    new Option('--status <status>', 'what has become of it').choices(choices).default('open'),
  );
}

/** The filter that the options come to. */
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

/**
 * The filter of something that is about to be changed. Nothing is changed because somebody forgot to say what.
 *
 * @throws Refused when nothing narrows it, and not `--all` either
 */
export function toNarrowFilter(
  options: SelectionOptions & { readonly all?: boolean },
  ids: readonly string[],
): DeadLetterFilter {
  const filter = toFilter(options, ids);
  if (options.service === undefined && !hasCriteria(filter) && options.all !== true) {
    throw new RefusedError('which ones? Give ids, or options that select some, or --all', 2);
  }
  return filter;
}

/** An id that was typed. */
export function parseUuid(given: string): string {
  if (z.uuid().safeParse(given).success) return given.toLowerCase();
  throw new InvalidArgumentError('It is no id: an id looks like 019a0000-0000-7000-8000-000000000000.');
}

/** Several of them, as commander collects them. */
export function collectUuids(given: string, before: readonly string[] = []): readonly string[] {
  return [...before, parseUuid(given)];
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time, or how long ago. */
export function parseInstant(given: string): Date {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(given) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  const at = unitMs === undefined ? new Date(given) : new Date(Date.now() - Number(amount) * unitMs);
  if (Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError('It is no time: 30m, 2h and 3d ago are, and so is 2026-11-21T10:00Z.');
  }
  return at;
}

/** How many it should be. */
export function parseCount(given: string): number {
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new InvalidArgumentError('It is no number.');
}

/** Up to how many are shown. */
export function parseLimit(given: string): number {
  const value = Number(given);
  if (/^\d{1,6}$/.test(given) && value >= 1) return value;
  throw new InvalidArgumentError('It is no count of at least 1.');
}
