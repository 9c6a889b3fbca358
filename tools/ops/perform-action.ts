import type { Service } from '#contracts';
import type { ActionResult } from '#dead-letters';
import { type Action, performAction } from '#operator-api';
import type { CommandContext } from './command-context.js';
import type { ConfirmOptions } from './confirm-options.js';
import { pluralize } from './format.js';
import { RefusedError } from './terminal.js';

/** The result of an action in one service. */
export type LocatedResult = ActionResult & { readonly service: Service };

interface ActionOptions extends ConfirmOptions {
  readonly service?: Service;
  readonly count?: number;
  readonly since?: Date;
  readonly until?: Date;
}

type Located<Preview> = Preview & { readonly service: Service };

interface ActionTexts<Preview> {
  /** The error message when no row matches. */
  readonly noMatch: string;
  /** Lines of the dry run above its summary. */
  readonly describe?: (previews: readonly Located<Preview>[]) => readonly string[];
}

/**
 * Performs an action in every service that has matching rows, in one transaction per service. Without `--yes` or `--count`
 * it prints the dry run.
 *
 * @returns undefined after a dry run
 * @throws RefusedError when no row matches, or another number of rows than `--count` expects
 */
export async function performInServices<Target, Preview extends { readonly count: number }>(
  context: CommandContext,
  action: Action<Target, Preview>,
  target: Target,
  options: ActionOptions,
  { noMatch, describe = () => [] }: ActionTexts<Preview>,
): Promise<readonly LocatedResult[] | undefined> {
  const isConfirmed = options.yes === true || options.count !== undefined;
  const by = isConfirmed ? context.attribution(options) : undefined;
  const previews: Located<Preview>[] = [];
  for (const service of context.services(options.service)) {
    const preview = await action.preview({ service, database: await context.database(service) }, target);
    if (preview.count > 0) previews.push({ service, ...preview });
  }
  const count = sumCounts(previews);
  if (count === 0) throw new RefusedError(noMatch);
  checkCount(action, count, options.count);
  if (!by) {
    printDryRun(context, action, previews, options, describe(previews));
    return undefined;
  }
  const results: LocatedResult[] = [];
  for (const { service, count: expected } of previews) {
    const scope = { service, database: await context.database(service) };
    const result = await performAction(scope, action, target, { expected, by }).catch((error: unknown) => {
      // Each service has its own transaction: the operator sees which ones have committed.
      if (results.length > 0) printResults(context, action, results);
      throw error;
    });
    results.push({ service, ...result });
  }
  return results;
}

type ActionWords = Pick<Action<never>, 'name' | 'noun' | 'outcome' | 'countMax'>;

function checkCount({ noun, countMax }: ActionWords, count: number, expected: number | undefined): void {
  if (expected !== undefined && expected !== count) {
    throw new RefusedError(`expected ${pluralize(expected, noun)}, found ${count}: nothing was changed`);
  }
  if (countMax !== undefined && count > countMax) {
    const max = countMax.toLocaleString('en');
    throw new RefusedError(
      `${pluralize(count, noun)} match, but at most ${max} are allowed: narrow the selection`,
    );
  }
}

function printDryRun(
  context: CommandContext,
  { name: action, noun, outcome }: ActionWords,
  previews: readonly Located<{ readonly count: number }>[],
  { since, until }: ActionOptions,
  details: readonly string[],
): void {
  const count = sumCounts(previews);
  const services = previews.map(({ service }) => service).join(', ');
  context.printResult({ dryRun: true, action, count, since, until, services: previews }, () =>
    [
      ...details,
      ...(since ? [`--since is ${since.toISOString()}`] : []),
      ...(until ? [`--until is ${until.toISOString()}`] : []),
      `${pluralize(count, noun)} of ${services} would be ${outcome}. Nothing was changed. To change, add --yes or --count ${count}.`,
    ].join('\n'),
  );
}

/** Prints the results of an action: `3 dead letters discarded`. */
export function printResults(
  context: CommandContext,
  { name: action, noun, outcome }: ActionWords,
  results: readonly LocatedResult[],
): void {
  const count = sumCounts(results);
  context.printResult({ action, count, requests: results }, () => `${pluralize(count, noun)} ${outcome}`);
}

function sumCounts(parts: readonly { readonly count: number }[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}
