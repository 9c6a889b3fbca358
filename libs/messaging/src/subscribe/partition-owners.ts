/** A member id is `generation × MEMBERS_MAX + member index`; see `ReplicaMembership`. Bounds the replicas of a service. */
export const MEMBERS_MAX = 1024;

/** One member id per member index, the highest, in the order of the indexes. */
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
 * The owner of each partition, round robin over `members`: two members differ by one partition at most. Deterministic, so
 * all replicas that read the same members compute the same owners. Without members every owner is undefined.
 */
export function assignPartitions(members: readonly number[], partitionCount: number): (number | undefined)[] {
  return Array.from({ length: partitionCount }, (_, index) => members[index % members.length]);
}
