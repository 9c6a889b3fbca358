import { type Service, subscriptions, subscriptionsForService } from '#contracts';
import type { Database, Transaction } from '#database';
import {
  type ActionResult,
  countDeadLetters,
  type DeadLetterFilter,
  type DeadLetterStatus,
  discardDeadLetters,
  editDeadLetter,
  reopenDeadLetters,
  replayDeadLetters,
  type Selection,
} from '#dead-letters';
import type { Attribution } from '#operator-log';

/** What is done to a selection of dead letters. */
export interface DeadLetterAction {
  readonly name: 'replay' | 'discard' | 'reopen';
  /** In one sentence, as both the command line and the REST interface explain it. */
  readonly description: string;
  /** What a dead letter must be for it. */
  readonly fromStatus: DeadLetterStatus;
  /** @throws SelectionChangedError */
  readonly apply: (tx: Transaction, selection: Selection, by: Attribution) => Promise<ActionResult>;
}

export const replay: DeadLetterAction = {
  name: 'replay',
  description: 'sends them again, each to its own consumer, with the id it has',
  fromStatus: 'open',
  apply: replayDeadLetters,
};

export const discard: DeadLetterAction = {
  name: 'discard',
  description: 'puts them away for good',
  fromStatus: 'open',
  apply: discardDeadLetters,
};

export const reopen: DeadLetterAction = {
  name: 'reopen',
  description: 'undoes a discard',
  fromStatus: 'discarded',
  apply: reopenDeadLetters,
};

export const deadLetterActions: readonly DeadLetterAction[] = [replay, discard, reopen];

/** The consumers of a service. */
export function listConsumers(service: Service): string[] {
  return subscriptionsForService(service).map(({ consumer }) => consumer);
}

/** Whether a filter selects anything less than everything. Without, nothing is done that was not asked for as "all". */
export function hasCriteria(filter: object): boolean {
  return Object.entries(filter).some(([name, value]) => name !== 'status' && value !== undefined);
}

/**
 * What of a selection a verb can be done to, and how many those are: the dry run, and what {@link DeadLetterAction.apply}
 * is to be given. Only what came from a queue of a consumer that still is can go back there.
 */
export async function resolveSelection(
  database: Database,
  service: Service,
  action: DeadLetterAction,
  filter: DeadLetterFilter,
): Promise<Selection> {
  const consumers = action === replay ? listConsumers(service) : undefined;
  const narrowed = { ...filter, consumers, status: [action.fromStatus] };
  return { filter: narrowed, expected: await countDeadLetters(database, narrowed) };
}

/** New bytes for a dead letter. */
export interface DeadLetterEdit {
  readonly id: string;
  readonly body: Buffer;
}

/**
 * Edits a dead letter and has it sent again; see `editDeadLetter`. A rehearsal does it as well and takes it back, so
 * that whatever would be refused is.
 *
 * @returns undefined after a rehearsal, and where there is no such dead letter
 * @throws MessageRejectedError, NotEditableError
 */
export async function edit(
  database: Database,
  { id, body }: DeadLetterEdit,
  by: Attribution,
  { isRehearsal: isDryRun }: { readonly isRehearsal: boolean },
): Promise<ActionResult | undefined> {
  return database
    .transaction(async (tx) => {
      const changed = await editDeadLetter(tx, subscriptions, { id, body }, by);
      if (isDryRun) throw new DryRunRollbackError();
      return changed;
    })
    .catch((error: unknown) => {
      if (error instanceof DryRunRollbackError) return undefined;
      throw error;
    });
}

class DryRunRollbackError extends Error {}
