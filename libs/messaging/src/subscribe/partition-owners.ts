/** A replica's number is `generation × MEMBERS_MAX + seat`: the seat is its place among the replicas, see `ReplicaMembership`. */
export const MEMBERS_MAX = 1024;

/** The number of each seat that is taken, in the order of the seats. */
export function currentMembers(memberIds: readonly number[]): number[] {
  const idByIndex = new Map<number, number>();
  for (const memberId of memberIds) {
    const index = memberId % MEMBERS_MAX;
    idByIndex.set(index, Math.max(memberId, idByIndex.get(index) ?? 0));
  }
  return [...idByIndex.keys()]
    .toSorted((one, other) => one - other)
    .map((index) => idByIndex.get(index) as number);
}

/**
 * Which of `members` is to have each of so many queues: as evenly as it goes, so that two differ by one at most. All
 * replicas come to the same, because they see the same members. Nobody has any while there are no members.
 */
export function assignPartitions(members: readonly number[], partitionCount: number): (number | undefined)[] {
  return Array.from({ length: partitionCount }, (_, index) => members[index % members.length]);
}
