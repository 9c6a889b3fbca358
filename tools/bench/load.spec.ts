import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { createOrderClient } from '../../test/setup/order-client.js';
import { openLoop } from './load.js';

test('at a constant rate orders come when they are due, whatever has become of those before, and wait from then', async () => {
  const client = await createOrderClient(respondAfterAll(10));
  const accepted = await openLoop(client, { ratePerSecond: 200, durationMs: 50 });
  const startedAt = accepted[0]!.sentAt;
  expect(accepted.map(({ sentAt }) => Math.round(1000 * (sentAt - startedAt)))).toEqual(
    Array.from({ length: 10 }, (_, index) => 5_000 * index),
  );
  const [first, last] = [accepted.at(0)!, accepted.at(-1)!];
  expect(first.respondedAt).toBeGreaterThanOrEqual(last.sentAt);
});

function respondAfterAll(total: number): (response: ServerResponse) => void {
  const held: ServerResponse[] = [];
  return (response) => {
    held.push(response);
    if (held.length < total) return;
    for (const [index, one] of held.entries()) one.writeHead(202, { location: `/orders/${index}` }).end();
  };
}
