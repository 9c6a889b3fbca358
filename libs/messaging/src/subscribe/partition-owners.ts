/** A replica's number is `generation × SEATS + seat`: the seat is its place among the replicas, see `ReplicaSeat`. */
export const SEATS = 1024;

/** The number of each seat that is taken, in the order of the seats. */
export function membersOf(numbers: readonly number[]): number[] {
  const bySeat = new Map<number, number>();
  for (const number of numbers) {
    const seat = number % SEATS;
    bySeat.set(seat, Math.max(number, bySeat.get(seat) ?? 0));
  }
  return [...bySeat.keys()].toSorted((one, other) => one - other).map((seat) => bySeat.get(seat) as number);
}

/**
 * Which of `members` is to have each of so many queues: as evenly as it goes, so that two differ by one at most. All
 * replicas come to the same, because they see the same members. Nobody has any while there are no members.
 */
export function ownersOf(members: readonly number[], queues: number): (number | undefined)[] {
  return Array.from({ length: queues }, (_, index) => members[index % members.length]);
}
