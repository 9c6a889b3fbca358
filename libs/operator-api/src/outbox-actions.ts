import type { Database } from '#database';
import { SelectionChanged } from '#dead-letters';
import { newId } from '#observability';
import { type Act, recordActs } from '#operator-log';
import { type PublishedFilter, releaseSetAside, republishEvents } from '#outbox';

/** More at once could fill the outbox, and a service whose outbox is full takes no orders. */
export const REPUBLISHED_MAX = 10_000;

/** Has the relay try an event again that was set aside, and records it. False when it is not set aside any more. */
export function releaseEvent(database: Database, id: string, by: Act): Promise<boolean> {
  return database.transaction(async (tx) => {
    if (!(await releaseSetAside(tx, id))) return false;
    await recordActs(tx, { ...by, act: 'release', request: newId(), subjects: [id] });
    return true;
  });
}

/** What is to be published again, and how many events that should be: at most {@link REPUBLISHED_MAX}. */
export interface Republication {
  readonly filter: PublishedFilter;
  readonly expected: number;
}

/** Has the relay publish events once more, for a consumer that missed them, and records it. @throws SelectionChanged */
export function republish(
  database: Database,
  { filter, expected }: Republication,
  by: Act,
): Promise<{ readonly request: string; readonly count: number }> {
  return database.transaction(async (tx) => {
    const ids = await republishEvents(tx, filter);
    if (ids.length !== expected) throw new SelectionChanged(expected, ids.length, 'events');
    const request = newId();
    await recordActs(tx, { ...by, act: 'republish', request, subjects: ids });
    return { request, count: ids.length };
  });
}
