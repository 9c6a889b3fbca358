/**
 * Named places at which a test may kill the process (the term is FreeBSD's and gofail's). Each lies between two steps that
 * cannot be atomic, for example a commit and a publish; `test/faults/failpoints.fault.ts` kills a process at every one.
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

/** Name of a failpoint; the value of the variable `FAILPOINT`. */
export type Failpoint = (typeof failpoints)[number];

let enabled: { readonly failpoint: Failpoint; readonly messageId: string | undefined } | undefined;

/**
 * Makes the process end at the next hit of `failpoint`; with `messageId`, at the next hit that passes this message. Call it
 * once, at start. A second call replaces the first.
 */
export function enableFailpoint(failpoint: Failpoint, messageId?: string): void {
  enabled = { failpoint, messageId };
}

/**
 * Marks a failpoint. Costs one comparison unless it is enabled. When it is, the process ends here with SIGKILL: no handler,
 * `finally` block or socket flush runs.
 *
 * @param messages the messages that the process is handling here; default none
 */
export function hitFailpoint(failpoint: Failpoint, messages: readonly { readonly id: string }[] = []): void {
  if (enabled?.failpoint !== failpoint) return;
  const { messageId } = enabled;
  if (messageId === undefined || messages.some(({ id }) => id === messageId)) {
    process.kill(process.pid, 'SIGKILL');
  }
}
