/**
 * Waits for `work` to settle, at most `ms`, and never rejects. For amqplib's `close`, which settles only when the broker
 * responds: never, when the link dies first.
 */
export async function waitAtMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), timeout]);
  clearTimeout(timer);
}
