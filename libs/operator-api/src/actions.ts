import { type Service, subscriptions, subscriptionsForService } from '#contracts';
import type { Database, Transaction } from '#database';
import {
  type ActionResult,
  countDeadLetters,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type DeadLetterStatus,
  discardDeadLetters,
  editDeadLetter,
  findDeadLetter,
  groupDeadLetters,
  reopenDeadLetters,
  replayDeadLetters,
  replayProgress,
  SelectionChangedError,
  stopReplay as stopReplayInTransaction,
} from '#dead-letters';
import { newId } from '#observability';
import { type Attribution, recordActions } from '#operator-log';
import {
  countPublished,
  findParkedEvent,
  type ParkedEvent,
  type PublishedFilter,
  releaseParkedEvent,
  republishEvents,
} from '#outbox';

/** The tables of one service, on which an action works. */
export class ActionScope {
  constructor(
    readonly service: Service,
    readonly database: Database,
  ) {}
}

/** The operator's consent to the result of the dry run. */
export interface Confirmation {
  /** The number of rows that the dry run counted. */
  readonly expected: number;
  readonly by: Attribution;
}

/**
 * An action of operators on the tables of one service. `ops` and the REST interface both perform it with
 * {@link performAction}, so its guarantees hold for both.
 */
export interface Action<Target, Preview extends { readonly count: number } = { readonly count: number }> {
  /** The name in the operator log and in results. */
  readonly name: string;
  /** The help text of `ops` and, capitalised, the summary of the REST route. */
  readonly description: string;
  /** The rows in the singular, for texts. */
  readonly noun: 'dead letter' | 'event' | 'payment' | 'gateway operation' | 'customer';
  /** The status that a row must have; rows of another status are not selected. */
  readonly fromStatus: DeadLetterStatus | 'parked' | 'published' | 'refund_failed' | 'unsettled' | 'known';
  /** The effect on the rows, for texts: "3 dead letters discarded". */
  readonly outcome: string;
  /** The largest selection. Default: no bound. */
  readonly countMax?: number;
  /** The dry run: counts the rows, and throws the errors of `apply`. It leaves every row unchanged. */
  readonly preview: (scope: ActionScope, target: Target) => Promise<Preview>;
  /**
   * Changes exactly `confirmation.expected` rows in `tx` and records the action in the operator log.
   *
   * @throws SelectionChangedError when another number of rows matches; the transaction must roll back
   */
  readonly apply: (
    tx: Transaction,
    service: Service,
    target: Target,
    confirmation: Confirmation,
  ) => Promise<ActionResult>;
}

/**
 * Performs an action in its own transaction.
 *
 * @throws SelectionChangedError when another number of rows matches than was expected; the transaction rolls back
 * @throws MessageRejectedError, NotEditableError of {@link editAndReplay}
 */
export function performAction<Target, Preview extends { readonly count: number }>(
  { service, database }: ActionScope,
  { apply }: Action<Target, Preview>,
  target: Target,
  confirmation: Confirmation,
): Promise<ActionResult> {
  return database.transaction((tx) => apply(tx, service, target, confirmation));
}

/** Groups that a dry run shows, the largest first. */
const GROUPS_MAX = 20;

interface SelectionPreview {
  readonly count: number;
  readonly groups: readonly DeadLetterGroup[];
}

function selectionAction(
  change: typeof replayDeadLetters,
  {
    isReplay = false,
    ...texts
  }: Pick<Action<never>, 'name' | 'description' | 'outcome'> & {
    readonly fromStatus: DeadLetterStatus;
    readonly isReplay?: boolean;
  },
): Action<DeadLetterFilter, SelectionPreview> {
  // A replay needs a consumer: dead letters of a queue without one are not selected.
  const narrow = (service: Service, filter: DeadLetterFilter): DeadLetterFilter => ({
    ...filter,
    status: [texts.fromStatus],
    consumers: isReplay ? listConsumers(service) : undefined,
  });
  return {
    ...texts,
    noun: 'dead letter',
    preview: async ({ service, database }, filter) => {
      const narrowed = narrow(service, filter);
      const count = await countDeadLetters(database, narrowed);
      return { count, groups: await groupDeadLetters(database, narrowed, GROUPS_MAX) };
    },
    apply: (tx, service, filter, { expected, by }) =>
      change(tx, { filter: narrow(service, filter), expected }, by),
  };
}

/** Marks open dead letters for replay; see `replayDeadLetters`. */
export const replay = selectionAction(replayDeadLetters, {
  name: 'replay',
  description: 'publishes dead letters again, each to the consumer that failed, under the same id',
  fromStatus: 'open',
  outcome: 'marked for replay',
  isReplay: true,
});

/** Discards open dead letters; `reopen` undoes it until they are pruned. */
export const discard = selectionAction(discardDeadLetters, {
  name: 'discard',
  description: 'marks dead letters as needing no handling',
  fromStatus: 'open',
  outcome: 'discarded',
});

/** Reopens discarded dead letters. */
export const reopen = selectionAction(reopenDeadLetters, {
  name: 'reopen',
  description: 'undoes a discard',
  fromStatus: 'discarded',
  outcome: 'reopened',
});

/** The actions whose target is a selection of dead letters. */
export const selectionActions = [replay, discard, reopen] as const;

/** A new body for a dead letter. */
export interface DeadLetterEdit {
  readonly id: string;
  readonly body: Buffer;
}

/** Replaces the body of an open dead letter and marks it for replay; see `editDeadLetter`. */
export const editAndReplay: Action<DeadLetterEdit, { count: number; bytesBefore: number; bytes: number }> = {
  name: 'edit-and-replay',
  description: 'replaces the body of a dead letter, checks it against the contract, and replays it',
  noun: 'dead letter',
  fromStatus: 'open',
  outcome: 'marked for replay',
  preview: async ({ database }, { id, body }) => {
    const letter = await findDeadLetter(database, id);
    const rollback = new Error('dry run');
    const edited = database.transaction(async (tx) => {
      await editDeadLetter(tx, subscriptions, { id, body }, { operator: 'dry-run', reason: 'dry run' });
      throw rollback;
    });
    await edited.catch((error: unknown) => {
      if (error !== rollback) throw error;
    });
    return { count: letter ? 1 : 0, bytesBefore: letter?.bodyBytes ?? 0, bytes: body.length };
  },
  apply: async (tx, _service, edit, { by }) => {
    const result = await editDeadLetter(tx, subscriptions, edit, by);
    if (!result) throw new SelectionChangedError(1, 0);
    return result;
  },
};

/**
 * Takes back the dead letters of a replay that no replayer has leased yet. The target is the request id of the replay.
 * `expected` is ignored, because replayers keep publishing while the operator decides.
 */
export const stopReplay: Action<string> = {
  name: 'stop-replay',
  description: 'reopens the dead letters of a replay that are not published yet',
  noun: 'dead letter',
  fromStatus: 'replaying',
  outcome: 'reopened',
  preview: async ({ database }, id) => ({ count: (await replayProgress(database, id))?.waiting ?? 0 }),
  apply: (tx, _service, id, { by }) => stopReplayInTransaction(tx, id, by),
};

/** Lets the relay publish a parked event again, in its old position. The target is the id of the event. */
export const release: Action<string, { count: number; event: ParkedEvent | undefined }> = {
  name: 'release',
  description: 'lets the relay publish a parked event again',
  noun: 'event',
  fromStatus: 'parked',
  outcome: 'released',
  preview: async ({ database }, id) => {
    const event = await findParkedEvent(database, id);
    return { count: event ? 1 : 0, event };
  },
  apply: async (tx, _service, id, { by }) => {
    if (!(await releaseParkedEvent(tx, id))) throw new SelectionChangedError(1, 0, 'parked events');
    return recordRequest(tx, 'release', [id], by);
  },
};

/** A larger republication could fill the outbox, and a service with a full outbox refuses orders. */
export const REPUBLISH_MAX = 10_000;

/** Lets the relay publish events again, for a consumer that missed them; see `republishEvents`. */
export const republish: Action<PublishedFilter, { count: number; countMax: number }> = {
  name: 'republish',
  description: 'publishes events again, under the same ids, for a consumer that missed them',
  noun: 'event',
  fromStatus: 'published',
  outcome: 'marked for publishing',
  countMax: REPUBLISH_MAX,
  preview: async ({ database }, filter) => ({
    count: await countPublished(database, filter),
    countMax: REPUBLISH_MAX,
  }),
  apply: async (tx, _service, filter, { expected, by }) => {
    const ids = await republishEvents(tx, filter);
    if (ids.length !== expected) throw new SelectionChangedError(expected, ids.length, 'events');
    return recordRequest(tx, 'republish', ids, by);
  },
};

async function recordRequest(
  tx: Transaction,
  action: string,
  subjects: readonly string[],
  by: Attribution,
): Promise<ActionResult> {
  const requestId = newId();
  await recordActions(tx, { ...by, action, requestId, subjects });
  return { requestId, count: subjects.length };
}

/** The names of the consumers of a service, for example `inventory.order-processing`. */
export function listConsumers(service: Service): string[] {
  return subscriptionsForService(service).map(({ consumer }) => consumer);
}

/** Whether a filter has a criterion besides `status`. Without one, an action requires an explicit "all". */
export function hasCriteria(filter: object): boolean {
  return Object.entries(filter).some(([name, value]) => name !== 'status' && value !== undefined);
}
