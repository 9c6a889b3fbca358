/**
 * Waits for `work` to settle, but no longer than `ms`, and never rejects. For amqplib's `close`, which settles only
 * when the broker answers: not at all when the link dies under it.
 */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), timeout]);
  clearTimeout(timer);
}
