import type { ContractSnapshot } from './contract-snapshot.js';
import { diffSchemas } from './diff-schemas.js';

/**
 * Finds incompatible changes of released contracts. Compatibility is full, in both directions: an old consumer reads new
 * messages during a rollout, and a new consumer reads old messages, which wait in queues or are replayed from dead letters
 * weeks later. The only compatible change is therefore a new optional member: old consumers drop it, old messages lack it.
 *
 * @returns one line per change with the event, the JSON Pointer, the impact and the remedy; empty if all are compatible
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
      'Restore it, or delete its snapshot as well once no message can remain.',
  ];
}

function describeChanges(before: ContractSnapshot, after: ContractSnapshot): string[] {
  const changes = diffSchemas(before.data, after.data, '/data');
  if (before.producer !== after.producer) {
    changes.unshift({
      pointer: '/producer',
      description: `${before.producer} became ${after.producer}`,
      impact:
        "consumers are bound to the released producer's exchange, and reject the event from another producer",
    });
  }
  if (before.subject !== after.subject) {
    changes.unshift({
      pointer: '/subject',
      description: `${before.subject} became ${after.subject}`,
      impact: 'order is kept only among events of one subject',
    });
  }
  const remedy = `Leave ${before.type} as it was released, and add ${before.name}.v${before.version + 1}`;
  return changes.map(
    ({ pointer, description, impact }) => `${before.type} ${pointer}: ${description}; ${impact}. ${remedy}.`,
  );
}
