import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';

import { runOps } from '../../tools/ops/cli.js';
import { createOrderRequest } from '../../tools/client/api-types.js';
import { callPaymentAction, confirmation, PAYMENT_OPERATOR_TOKEN } from '../setup/payment-operator.js';
import { auditAfterAll, hasNoOperatorToken, openShop } from './open-shop.js';

const opened = openShop();
const { shop, urls } = opened;
const actions = ['refund/retry', 'operations/release'] as const;
const problemResponse = (status: number, type: string): object => ({
  status,
  body: { status, type: `urn:problem-type:${type}` },
});

afterEach(() => shop.setGatewayModes({}));

/** Places and cancels an order that the gateway refuses to refund. */
async function placeWithRefusedRefund(): Promise<string> {
  const orderRequest = createOrderRequest(await shop.createProduct({ stock: 1 }), 1, 'tok_refund_refused');
  const { id } = await shop.place(orderRequest);
  await shop.waitUntilEnded(id);
  await shop.cancel(id);
  await shop.waitForStep(id, ({ payment }) => payment === 'refund_failed');
  return id;
}

async function completeRefund(id: string): Promise<void> {
  await shop.setGatewayModes({ refund: { behaviour: 'approve' } });
  await callPaymentAction(shop, id, 'refund/retry');
  await shop.waitUntilEnded(id);
}

async function listActions(orderId: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${PAYMENT_OPERATOR_TOKEN}` };
  const path = `/operator/log?subject=${orderId}`;
  const { body } = await shop.request<{ items: unknown }>('payment', 'GET', path, { headers });
  return body.items;
}

async function runOpsCommand(...args: string[]): Promise<{ code: number; text: string; errors: string }> {
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

describe.skipIf(hasNoOperatorToken)('a payment action', () => {
  test.each(actions)('requires the operator token: %s', async (action) => {
    const id = await placeWithRefusedRefund();
    for (const token of ['', 'not-operator-token']) {
      const response = await callPaymentAction(shop, id, action, { token });
      expect(response).toMatchObject(problemResponse(401, 'unauthorized'));
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    }
    // The actions have no path without a token.
    expect(await shop.request('payment', 'POST', `/payments/${id}/${action}`)).toMatchObject({ status: 404 });
    expect(await shop.payment(id)).toMatchObject({ status: 'refund_failed', refundAttempts: 1 });
    expect(await listActions(id)).toEqual([]);
    await completeRefund(id);
  });

  test.each(actions)('requires a payment, an operator and a reason: %s', async (action) => {
    expect(await callPaymentAction(shop, '1', action)).toMatchObject(
      problemResponse(400, 'invalid-parameters'),
    );
    expect(await callPaymentAction(shop, randomUUID(), action)).toMatchObject(
      problemResponse(404, 'payment-not-found'),
    );
    for (const missing of ['operator', 'reason']) {
      const body = { ...confirmation, [missing]: undefined };
      expect(await callPaymentAction(shop, randomUUID(), action, { body })).toMatchObject(
        problemResponse(422, 'invalid-body'),
      );
    }
  });

  test('retries a refund and is logged; a dry run is not', async () => {
    const id = await placeWithRefusedRefund();
    expect(await callPaymentAction(shop, id, 'refund/retry', { body: {} })).toMatchObject({
      status: 200,
      body: { dryRun: true, action: 'retry refund', count: 1 },
    });
    expect(await callPaymentAction(shop, id, 'operations/release')).toMatchObject(
      problemResponse(409, 'nothing-parked'),
    );
    expect(await shop.payment(id)).toMatchObject({ status: 'refund_failed', refundAttempts: 1 });
    expect(await listActions(id)).toEqual([]);
    await shop.setGatewayModes({ refund: { behaviour: 'approve' } });
    expect(await callPaymentAction(shop, id, 'refund/retry')).toMatchObject({
      status: 200,
      body: { action: 'retry refund', count: 1 },
    });
    await shop.waitUntilEnded(id);
    const { operator, reason } = confirmation;
    expect(await listActions(id)).toMatchObject([{ action: 'retry refund', operator, reason, subject: id }]);
  });

  test('is available through `npm run ops`', async () => {
    const id = await placeWithRefusedRefund();
    const retry = ['payments', 'retry', id];
    expect(await runOpsCommand(...retry)).toMatchObject({
      code: 0,
      text: expect.stringContaining('Nothing was changed') as string,
    });
    expect(await runOpsCommand('payments', 'release', id)).toMatchObject({
      code: 1,
      errors: 'no parked request matches: nothing was changed',
    });
    expect(await listActions(id)).toEqual([]);
    await shop.setGatewayModes({ refund: { behaviour: 'approve' } });
    const done = await runOpsCommand(
      ...retry,
      '--yes',
      '--reason',
      'the bank says it will',
      '--operator',
      '小伟',
    );
    expect(done).toMatchObject({ code: 0, text: '1 refused refund requested again' });
    await shop.waitUntilEnded(id);
    expect(await listActions(id)).toMatchObject([
      { action: 'retry refund', operator: '小伟', reason: 'the bank says it will' },
    ]);
    expect(await runOpsCommand(...retry, '--yes', '--reason', 'once more')).toMatchObject({
      code: 1,
      errors: 'no refused refund matches: nothing was changed',
    });
    expect(await listActions(id)).toHaveLength(1);
  });
});

describe.skipIf(hasNoOperatorToken)('refused refunds', () => {
  test('settled outside end their orders; the gateway refunds none', async () => {
    const id = await placeWithRefusedRefund();
    const settle = ['payments', 'settle', id, '--reference', 'bank_transfer_1'];
    expect(await runOpsCommand(...settle)).toMatchObject({
      code: 0,
      text: expect.stringContaining('refund_failed → refunded. Nothing was changed') as string,
    });
    expect(await shop.payment(id)).toMatchObject({ status: 'refund_failed' });
    const yes = ['--yes', '--reason', 'paid back by the bank'];
    expect(await runOpsCommand(...settle, '--operation', 'capture', ...yes)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('it waits for refund, not capture') as string,
    });
    expect(await runOpsCommand(...settle, ...yes)).toMatchObject({ code: 0 });
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'cancelled', payment: 'refunded' });
    expect((await runOpsCommand(...settle, ...yes)).text).toContain('nothing to do');
    expect(await runOpsCommand('payments', 'retry', id, ...yes)).toMatchObject({ code: 1 });
    expect(await listActions(id)).toMatchObject([
      { action: 'settle payment', reason: 'paid back by the bank' },
    ]);
    const refunds = (await shop.ledger(id)).filter(({ operation }) => operation === 'refund');
    expect(refunds).toMatchObject([{ status: 'refused' }]);
  });

  test('are retried as a selection; a stale count changes none', async () => {
    const ids = [await placeWithRefusedRefund(), await placeWithRefusedRefund()];
    const retry = ['payments', 'retry', ...ids, '--reason', 'the account is open again'];
    const dryRun = await runOpsCommand(...retry);
    expect(dryRun.text).toContain('2 × refund, refund_refused');
    expect(dryRun.text).toContain('2 refused refunds would be requested again. Nothing was changed.');
    expect(await runOpsCommand(...retry, '--count', '3')).toMatchObject({
      code: 1,
      errors: 'expected 3 refused refunds, found 2: nothing was changed',
    });
    await shop.setGatewayModes({ refund: { behaviour: 'approve' } });
    expect(await runOpsCommand(...retry, '--count', '2')).toMatchObject({ code: 0 });
    for (const id of ids) expect(await shop.waitUntilEnded(id)).toMatchObject({ payment: 'refunded' });
  });

  test('are not retried without a selection', async () => {
    for (const command of ['retry', 'release']) {
      expect(await runOpsCommand('payments', command, '--yes', '--reason', 'all of them')).toMatchObject({
        code: 2,
        errors: 'no selection: give ids of orders, options that select, or --all',
      });
    }
    expect(await callPaymentAction(shop, '', 'refund/retry', { body: {} })).toMatchObject({ status: 422 });
  });
});

auditAfterAll(opened);
