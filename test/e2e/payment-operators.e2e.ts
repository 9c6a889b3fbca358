import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';

import { runOps } from '../../tools/ops/cli.js';
import { wishFor } from '../../tools/client/api-types.js';
import { actOnPayment, consent, PAYMENT_OPERATOR_TOKEN } from '../setup/payment-operator.js';
import { auditAtTheEnd, NO_TOKEN, openShop } from './open-shop.js';

const opened = openShop();
const { shop, urls } = opened;
const verbs = ['refund/retry', 'operations/release'] as const;
const problem = (status: number, type: string): object => ({
  status,
  body: { status, type: `urn:problem-type:${type}` },
});

afterEach(() => shop.setGatewayModes({}));

/** An order that was cancelled, and whose refund the bank has refused. */
async function refundRefused(): Promise<string> {
  const wish = wishFor(await shop.newProduct({ stock: 1 }), 1, 'tok_refund_refused');
  const { id } = await shop.place(wish);
  await shop.ended(id);
  await shop.cancel(id);
  await shop.reached(id, ({ payment }) => payment === 'refund_failed');
  return id;
}

async function paidBack(id: string): Promise<void> {
  await shop.setGatewayModes({ refund: { behaviour: 'approve' } });
  await actOnPayment(shop, id, 'refund/retry');
  await shop.ended(id);
}

async function actsOn(orderId: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${PAYMENT_OPERATOR_TOKEN}` };
  const path = `/operator/acts?subject=${orderId}`;
  const { body } = await shop.request<{ items: unknown }>('payment', 'GET', path, { headers });
  return body.items;
}

async function ops(...args: string[]): Promise<{ code: number; text: string; errors: string }> {
  const printed: string[] = [];
  const errors: string[] = [];
  const env = { OPS_PAYMENT_URL: urls.payment, OPS_PAYMENT_OPERATOR_TOKEN: PAYMENT_OPERATOR_TOKEN };
  const code = await runOps(args, env, {
    print: (text) => printed.push(text),
    printError: (text) => errors.push(text),
    draw: undefined,
    width: Number.POSITIVE_INFINITY,
    onInterrupt: () => () => {},
  });
  return { code, text: printed.join('\n'), errors: errors.join('\n') };
}

describe.skipIf(NO_TOKEN)('a payment is', () => {
  test.each(verbs)('nobody’s to act on without the operators’ token: %s', async (verb) => {
    const id = await refundRefused();
    for (const token of ['', 'not-the-token-of-the-operators']) {
      const answer = await actOnPayment(shop, id, verb, { token });
      expect(answer).toMatchObject(problem(401, 'operators-only'));
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
    // Nor are they where they were, for everybody.
    expect(await shop.request('payment', 'POST', `/payments/${id}/${verb}`)).toMatchObject({ status: 404 });
    expect(await shop.payment(id)).toMatchObject({ status: 'refund_failed', refundAttempts: 1 });
    expect(await actsOn(id)).toEqual([]);
    await paidBack(id);
  });

  test.each(verbs)('not acted on unless there is one, and by nobody or for no reason: %s', async (verb) => {
    expect(await actOnPayment(shop, '1', verb)).toMatchObject(problem(400, 'invalid-parameters'));
    expect(await actOnPayment(shop, randomUUID(), verb)).toMatchObject(problem(404, 'payment-not-found'));
    for (const missing of ['operator', 'why']) {
      const body = { ...consent, [missing]: undefined };
      expect(await actOnPayment(shop, randomUUID(), verb, { body })).toMatchObject(
        problem(422, 'invalid-body'),
      );
    }
  });

  test('refunded again by an operator, who is on record with the reason; a dry run does nothing', async () => {
    const id = await refundRefused();
    expect(await actOnPayment(shop, id, 'refund/retry', { body: {} })).toMatchObject({
      status: 200,
      body: { dryRun: true, act: 'retry refund', count: 1 },
    });
    expect(await actOnPayment(shop, id, 'operations/release')).toMatchObject(
      problem(409, 'nothing-set-aside'),
    );
    expect(await shop.payment(id)).toMatchObject({ status: 'refund_failed', refundAttempts: 1 });
    expect(await actsOn(id)).toEqual([]);
    await shop.setGatewayModes({ refund: { behaviour: 'approve' } });
    expect(await actOnPayment(shop, id, 'refund/retry')).toMatchObject({
      status: 200,
      body: { act: 'retry refund', count: 1 },
    });
    await shop.ended(id);
    const { operator, why } = consent;
    expect(await actsOn(id)).toMatchObject([{ act: 'retry refund', operator, why, subject: id }]);
  });

  test('refunded again by `npm run ops`, which shows the token', async () => {
    const id = await refundRefused();
    const retry = ['payments', 'retry', id];
    expect(await ops(...retry)).toMatchObject({
      code: 0,
      text: expect.stringContaining('Nothing was done') as string,
    });
    expect(await ops('payments', 'release', id)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('set aside') as string,
    });
    expect(await actsOn(id)).toEqual([]);
    await shop.setGatewayModes({ refund: { behaviour: 'approve' } });
    const done = await ops(...retry, '--yes', '--why', 'the bank says it will', '--operator', '小伟');
    expect(done).toMatchObject({ code: 0, text: `order ${id}: the refund is asked for again` });
    await shop.ended(id);
    expect(await actsOn(id)).toMatchObject([
      { act: 'retry refund', operator: '小伟', why: 'the bank says it will' },
    ]);
    expect((await ops(...retry, '--yes', '--why', 'once more')).text).toContain('nothing to do');
    expect(await actsOn(id)).toHaveLength(1);
  });
});

auditAtTheEnd(opened);
