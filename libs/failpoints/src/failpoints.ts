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
  'replayer: after confirm, before marking',
] as const;

export type CrashPoint = (typeof crashPoints)[number];

let armed: { readonly point: CrashPoint; readonly messageId: string | undefined } | undefined;

/**
 * From now on the process ends where it first comes to `point`; with `messageId`, where it first comes there with that
 * message. Call it once, at the start.
 */
export function armCrashPoint(point: CrashPoint, messageId?: string): void {
  armed = { point, messageId };
}

/**
 * Marks a moment. Does nothing, unless it is the one that is armed: then the process ends there with SIGKILL, which
 * nothing can catch, so that it gets to finish nothing.
 *
 * @param messages what the process has in hand at this moment, where that is known
 */
export function crashPoint(point: CrashPoint, messages: readonly { readonly id: string }[] = []): void {
  if (armed?.point !== point) return;
  const { messageId } = armed;
  if (messageId === undefined || messages.some(({ id }) => id === messageId)) {
    process.kill(process.pid, 'SIGKILL');
  }
}
