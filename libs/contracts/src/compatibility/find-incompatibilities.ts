import type { ContractSnapshot } from './contract-snapshot.js';
import { diffSchemas } from './diff-schemas.js';

/**
 * Finds what has changed in released contracts that must not change, because old and new meet in both directions:
 * a consumer that has not been updated reads new messages, and an updated one reads old messages, which wait in queues
 * or come back from the dead letters weeks later. So what is valid must stay exactly what it was, and all that can
 * be added to a contract is an optional member, which old consumers drop and old messages lack. Anything else is a
 * new version beside the old.
 *
 * @returns one line per change, with the event, the JSON pointer into its snapshot, the harm and the remedy; empty
 *   when everything is compatible
 */
export function findIncompatibilities(
  released: readonly ContractSnapshot[],
  current: readonly ContractSnapshot[],
): string[] {
  const currentByType = new Map(current.map((snapshot) => [snapshot.type, snapshot]));
  return released.flatMap((before) => {
    const after = currentByType.get(before.type);
    return after ? describeChanges(before, after) : describeRemoval(before);
  });
}

function describeRemoval({ type }: ContractSnapshot): string[] {
  return [
    `${type}: the event was removed; its messages may still be in queues and dead letters. ` +
      'Put it back; when none can be left, delete its snapshot together with it.',
  ];
}

function describeChanges(before: ContractSnapshot, after: ContractSnapshot): string[] {
  const changes = diffSchemas(before.data, after.data, '/data');
  if (before.producer !== after.producer) {
    changes.unshift({
      pointer: '/producer',
      description: `${before.producer} became ${after.producer}`,
      impact: "consumers listen to the released producer's exchange, and refuse the event from anybody else",
    });
  }
  if (before.subject !== after.subject) {
    changes.unshift({
      pointer: '/subject',
      description: `${before.subject} became ${after.subject}`,
      impact: 'events arrive in order only with those of the same subject',
    });
  }
  const remedy = `Leave ${before.type} as it was released, and add ${before.name}.v${before.version + 1}`;
  return changes.map(
    ({ pointer, description, impact }) => `${before.type} ${pointer}: ${description}; ${impact}. ${remedy}.`,
  );
}
