import { type Service, subscriptions, subscriptionsOf } from '#contracts';
import type { Database, Transaction } from '#database';
import {
  type Changed,
  countDeadLetters,
  type DeadLetterFilter,
  type DeadLetterStatus,
  discardDeadLetters,
  editDeadLetter,
  reopenDeadLetters,
  replayDeadLetters,
  type Selection,
} from '#dead-letters';
import type { Act } from '#operator-log';

/** What is done to a selection of dead letters. */
export interface DeadLetterVerb {
  readonly name: 'replay' | 'discard' | 'reopen';
  /** In one sentence, as both the command line and the REST interface explain it. */
  readonly description: string;
  /** What a dead letter must be for it. */
  readonly from: DeadLetterStatus;
  /** @throws SelectionChanged */
  readonly apply: (tx: Transaction, selection: Selection, by: Act) => Promise<Changed>;
}

export const replay: DeadLetterVerb = {
  name: 'replay',
  description: 'sends them again, each to its own consumer, with the id it has',
  from: 'open',
  apply: replayDeadLetters,
};

export const discard: DeadLetterVerb = {
  name: 'discard',
  description: 'puts them away for good',
  from: 'open',
  apply: discardDeadLetters,
};

export const reopen: DeadLetterVerb = {
  name: 'reopen',
  description: 'undoes a discard',
  from: 'discarded',
  apply: reopenDeadLetters,
};

export const deadLetterVerbs: readonly DeadLetterVerb[] = [replay, discard, reopen];

/** The consumers of a service. */
export function consumersOf(service: Service): string[] {
  return subscriptionsOf(service).map(({ consumer }) => consumer);
}

/** Whether a filter selects anything less than everything. Without, nothing is done that was not asked for as "all". */
export function isNarrow(filter: object): boolean {
  return Object.entries(filter).some(([name, value]) => name !== 'status' && value !== undefined);
}

/**
 * What of a selection a verb can be done to, and how many those are: the dry run, and what {@link DeadLetterVerb.apply}
 * is to be given. Only what came from a queue of a consumer that still is can go back there.
 */
export async function select(
  database: Database,
  service: Service,
  verb: DeadLetterVerb,
  filter: DeadLetterFilter,
): Promise<Selection> {
  const consumers = verb === replay ? consumersOf(service) : undefined;
  const narrowed = { ...filter, consumers, status: [verb.from] };
  return { filter: narrowed, expected: await countDeadLetters(database, narrowed) };
}

/** New bytes for a dead letter. */
export interface Edit {
  readonly id: string;
  readonly body: Buffer;
}

/**
 * Edits a dead letter and has it sent again; see `editDeadLetter`. A rehearsal does it as well and takes it back, so
 * that whatever would be refused is.
 *
 * @returns undefined after a rehearsal, and where there is no such dead letter
 * @throws MessageRejected, NotEditable
 */
export async function edit(
  database: Database,
  { id, body }: Edit,
  by: Act,
  { isRehearsal }: { readonly isRehearsal: boolean },
): Promise<Changed | undefined> {
  return database
    .transaction(async (tx) => {
      const changed = await editDeadLetter(tx, subscriptions, { id, body }, by);
      if (isRehearsal) throw new TakenBack();
      return changed;
    })
    .catch((error: unknown) => {
      if (error instanceof TakenBack) return undefined;
      throw error;
    });
}

class TakenBack extends Error {}
