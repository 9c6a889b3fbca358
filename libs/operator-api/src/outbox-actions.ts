import type { Database } from '#database';
import { SelectionChangedError } from '#dead-letters';
import { newId } from '#observability';
import { type Attribution, recordActions } from '#operator-log';
import { type PublishedFilter, releaseParkedEvent, republishEvents } from '#outbox';

/** More at once could fill the outbox, and a service whose outbox is full takes no orders. */
export const REPUBLISH_MAX = 10_000;

/** Has the relay try an event again that was set aside, and records it. False when it is not set aside any more. */
export function releaseEvent(database: Database, id: string, by: Attribution): Promise<boolean> {
  return database.transaction(async (tx) => {
    if (!(await releaseParkedEvent(tx, id))) return false;
    await recordActions(tx, { ...by, action: 'release', requestId: newId(), subjects: [id] });
    return true;
  });
}

/** What is to be published again, and how many events that should be: at most {@link REPUBLISH_MAX}. */
export interface RepublishRequest {
  readonly filter: PublishedFilter;
  readonly expected: number;
}

/** Has the relay publish events once more, for a consumer that missed them, and records it. @throws SelectionChangedError */
export function republish(
  database: Database,
  { filter, expected }: RepublishRequest,
  by: Attribution,
): Promise<{ readonly request: string; readonly count: number }> {
  return database.transaction(async (tx) => {
    const ids = await republishEvents(tx, filter);
    if (ids.length !== expected) throw new SelectionChangedError(expected, ids.length, 'events');
    const requestId = newId();
    await recordActions(tx, { ...by, action: 'republish', requestId, subjects: ids });
    return { request: requestId, count: ids.length };
  });
}
