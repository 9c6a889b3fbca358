import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';

import { runOps } from '../../tools/ops/cli.js';
import { createOrderRequest } from '../../tools/client/api-types.js';
import { callPaymentAction, confirmation, OPERATOR } from '../setup/payment-operator.js';
import { auditAfterAll, openShop } from './open-shop.js';

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
  const path = `/operator/log?subject=${orderId}`;
  const { body } = await shop.request<{ items: unknown }>('payment', 'GET', path);
  return body.items;
}

async function runOpsCommand(...args: string[]): Promise<{ code: number; text: string; errors: string }> {
  const printed: string[] = [];
  const errors: string[] = [];
  const env = { OPS_PAYMENT_URL: urls.payment, OPS_ACCESS_KEY: JSON.stringify(opened.accessKey) };
  const code = await runOps(args, env, {
    print: (text) => printed.push(text),
    printError: (text) => errors.push(text),
    draw: undefined,
    width: Number.POSITIVE_INFINITY,
    onInterrupt: () => () => {},
  });
  return { code, text: printed.join('\n'), errors: errors.join('\n') };
}

describe('a payment action', () => {
  test.each(actions)('requires the scope operator: %s', async (action) => {
    const id = await placeWithRefusedRefund();
    expect(await callPaymentAction(shop, id, action, { caller: shop.anonymous() })).toMatchObject(
      problemResponse(401, 'unauthorized'),
    );
    const staff = shop.as('bo', ['shop', 'support', 'catalogue', 'stock']);
    expect(await callPaymentAction(shop, id, action, { caller: staff })).toMatchObject(
      problemResponse(403, 'insufficient-scope'),
    );
    // The actions have no other path.
    expect(await shop.request('payment', 'POST', `/payments/${id}/${action}`)).toMatchObject({ status: 404 });
    expect(await shop.payment(id)).toMatchObject({ status: 'refund_failed', refundAttempts: 1 });
    expect(await listActions(id)).toEqual([]);
    await completeRefund(id);
  });

  test.each(actions)('requires a payment and a reason: %s', async (action) => {
    expect(await callPaymentAction(shop, '1', action)).toMatchObject(
      problemResponse(400, 'invalid-parameters'),
    );
    expect(await callPaymentAction(shop, randomUUID(), action)).toMatchObject(
      problemResponse(404, 'payment-not-found'),
    );
    expect(await callPaymentAction(shop, randomUUID(), action, { body: { expect: 1 } })).toMatchObject(
      problemResponse(422, 'invalid-body'),
    );
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
    const { reason } = confirmation;
    const action = { action: 'retry refund', operator: OPERATOR, reason, subject: id };
    expect(await listActions(id)).toMatchObject([action]);
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

describe('refused refunds', () => {
  test('settled outside end their orders; the gateway refunds none', async () => {
    const id = await placeWithRefusedRefund();
    expect(await runOpsCommand('payments', 'settle', id)).toMatchObject({
      code: 2,
      errors: expect.stringContaining('give either --reference') as string,
    });
    expect(await runOpsCommand('payments', 'settle', id, '--refusal', 'closed')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('it waits for no operation') as string,
    });
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
