/**
 * The moments at which a crash is worst. Each is between two things that cannot happen together, and a test of
 * `test/faults` kills a process there.
 */
export const crashPoints = [
  'order: before commit',
  'order: after commit, before the answer',
  'relay: before publish',
  'relay: after publish, before its confirm is seen',
  'relay: after confirm, before marking',
  'consumer: before commit',
  'consumer: after commit, before ack',
  'payment: after the gateway answered, before commit',
] as const;

export type CrashPoint = (typeof crashPoints)[number];

let armed: CrashPoint | undefined;

/** From now on the process ends where it first comes to `point`. Call it once, at the start. */
export function armCrashPoint(point: CrashPoint): void {
  armed = point;
}

/**
 * Marks a moment. Does nothing, unless it is the one that is armed: then the process ends there with SIGKILL, which
 * nothing can catch, so that it gets to finish nothing.
 */
export function crashPoint(point: CrashPoint): void {
  if (armed === point) process.kill(process.pid, 'SIGKILL');
}
