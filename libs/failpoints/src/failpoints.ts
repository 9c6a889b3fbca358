/**
 * The moments at which a crash is worst. Each is between two things that cannot happen together, and a test of
 * `test/faults` kills a process there.
 */
export const failpoints = [
  'order.before-commit',
  'order.after-commit',
  'relay.before-publish',
  'relay.after-publish',
  'relay.after-confirm',
  'consumer.before-commit',
  'consumer.after-commit',
  'payment.after-gateway-response',
  'replayer.after-confirm',
] as const;

export type Failpoint = (typeof failpoints)[number];

let enabled: { readonly failpoint: Failpoint; readonly messageId: string | undefined } | undefined;

/**
 * From now on the process ends where it first comes to `point`; with `messageId`, where it first comes there with that
 * message. Call it once, at the start.
 */
export function enableFailpoint(failpoint: Failpoint, messageId?: string): void {
  enabled = { failpoint, messageId };
}

/**
 * Marks a moment. Does nothing, unless it is the one that is armed: then the process ends there with SIGKILL, which
 * nothing can catch, so that it gets to finish nothing.
 *
 * @param messages what the process has in hand at this moment, where that is known
 */
export function hitFailpoint(failpoint: Failpoint, messages: readonly { readonly id: string }[] = []): void {
  if (enabled?.failpoint !== failpoint) return;
  const { messageId } = enabled;
  if (messageId === undefined || messages.some(({ id }) => id === messageId)) {
    process.kill(process.pid, 'SIGKILL');
  }
}
