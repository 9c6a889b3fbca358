import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runAudit } from '../../tools/audit/cli.js';
import type { AuditReport } from '../../tools/audit/report.js';
import { freePort } from '../../tools/local/ports.js';
import { testDatabase } from '../../libs/test-support/servers.js';
import { startGateway, type TestGateway } from './test-gateway.js';
import { InProcessShop } from './in-process-shop.js';
import { createSampleOrders } from './sample-orders.js';

const databaseUrls = {
  order: await testDatabase(),
  inventory: await testDatabase(),
  payment: await testDatabase(),
};

const env = {
  AUDIT_ORDER_DATABASE_URL: databaseUrls.order,
  AUDIT_INVENTORY_DATABASE_URL: databaseUrls.inventory,
  AUDIT_PAYMENT_DATABASE_URL: databaseUrls.payment,
};

/** An address without a listener. */
const closedAddress = `127.0.0.1:${await freePort()}`;

let gateway: TestGateway;
let shop: InProcessShop;

beforeAll(async () => {
  gateway = await startGateway();
  shop = await InProcessShop.open(databaseUrls, gateway.url);
  await createSampleOrders(shop);
});

afterAll(async () => {
  await shop.close();
  await gateway.close();
});

async function run(args: readonly string[], more: Record<string, string> = {}) {
  const printed: string[] = [];
  const errors: string[] = [];
  const code = await runAudit(
    args,
    { ...env, ...more },
    { print: (text) => printed.push(text), printError: (text) => errors.push(text) },
  );
  return { code, text: printed.join('\n'), errors: errors.join('\n') };
}

describe('when every invariant holds', () => {
  test('it prints a tick per invariant and exits with 0', async () => {
    const { code, text } = await run(['--lang', 'en'], { AUDIT_GATEWAY_URL: gateway.url });
    expect(code).toBe(0);
    expect(text.match(/^✓ [SQ][1-7] {2}.+ \([1-9]\d* checked\)$/gm)).toHaveLength(14);
    expect(text).toMatch(/^Idle\.\n/);
    expect(text).toMatch(/\nAll that could be checked holds\.$/);
  });

  test('--lang zh prints Chinese', async () => {
    const { code, text } = await run(['--lang', 'zh'], { AUDIT_GATEWAY_URL: gateway.url });
    expect(code).toBe(0);
    expect(text).toMatch(/^✓ S4 {2}退款从不超过扣款/m);
    expect(text).toMatch(/能检查的全部成立。$/);
  });

  test('an unchecked invariant is named, without a tick', async () => {
    const { code, text } = await run(['--lang', 'en']);
    expect(code).toBe(0);
    expect(text).toMatch(/^– Q4 .*\n {4}not checked: the gateway's ledger/m);
    expect(text).toContain('not checked: `unrouted` (no broker URL)');
  });

  test('--instant checks the S invariants only', async () => {
    const { code, text } = await run(['--instant', '--json']);
    const report = JSON.parse(text) as AuditReport & { idle?: object };
    expect(code).toBe(0);
    expect(report.invariants.map(({ id }) => id).join(' ')).toBe('S1 S2 S3 S4 S5 S6 S7');
    expect(report.idle).toBeUndefined();
  });
});

describe('without valid inputs it prints one error and exits with 2', () => {
  test('for an unknown option', async () => {
    expect(await run(['--wiat', '1s'])).toMatchObject({
      code: 2,
      text: '',
      errors: expect.stringContaining("'--wiat'") as string,
    });
  });

  test('for an invalid variable', async () => {
    expect(await run([], { AUDIT_ORDER_DATABASE_URL: '' })).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/AUDIT_ORDER_DATABASE_URL: is not set/) as string,
    });
    expect(await run([], { AUDIT_GATEWAY_URI: 'http://x' })).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/did you mean AUDIT_GATEWAY_URL\?/) as string,
    });
    expect(await run([], { AUDIT_RABBITMQ_MANAGEMENT_URL: 'http://127.0.0.1:15672' })).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/AUDIT_RABBITMQ_URL/) as string,
    });
  });

  test.each([
    [
      'a database',
      { AUDIT_PAYMENT_DATABASE_URL: `postgres://${closedAddress}/x` },
      /the database of payment/,
    ],
    ['the gateway', { AUDIT_GATEWAY_URL: `http://${closedAddress}` }, /the ledger of the gateway/],
    ['the broker', { AUDIT_RABBITMQ_URL: `amqp://${closedAddress}` }, /the broker/],
  ])('when %s is unavailable', async (_, more, message) => {
    const { code, text, errors } = await run([], more);
    expect({ code, text }).toEqual({ code: 2, text: '' });
    expect(errors).toMatch(message);
    expect(errors).toMatch(/ECONNREFUSED/);
    expect(errors).not.toContain('\n');
  });

  test('for the database of another service', async () => {
    const { code, errors } = await run([], { AUDIT_INVENTORY_DATABASE_URL: databaseUrls.payment });
    expect(code).toBe(2);
    expect(errors).toMatch(/the database of inventory cannot be read: .*"stock_levels" does not exist/);
  });
});

describe('when the shop is not idle', () => {
  test('it waits, lists the pending work and exits with 1', async () => {
    await shop.place('tok_visa', [{ sku: 'TEA', quantity: 1 }]);
    const { code, text } = await run(['--wait', '300ms', '--lang', 'en']);
    expect(code).toBe(1);
    expect(text).toMatch(/^Not idle.*\n {4}orders in pending: 1, the oldest placed at 2/);
    expect(text).toMatch(/^ {4}unpublished events of order: \d/m);
    expect(text).toMatch(/^✗ Q1 /m);
    expect((await run(['--instant'])).code).toBe(0);
  });

  test('--wait ends as soon as the shop is idle', async () => {
    const waiting = run(['--wait', '60s', '--lang', 'en'], { AUDIT_GATEWAY_URL: gateway.url });
    await shop.runUntilIdle();
    const { code, text } = await waiting;
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringMatching(/^Idle\./) as string });
  });

  test('a dead letter being replayed is pending, not lost', async () => {
    const inventory = new Client({ connectionString: databaseUrls.inventory });
    await inventory.connect();
    onTestFinished(async () => {
      await inventory.query(`UPDATE dead_letters SET status = 'open'`);
      await inventory.end();
    });
    await inventory.query(`UPDATE dead_letters SET status = 'replaying'`);
    const { code, text } = await run(['--lang', 'en']);
    expect(code).toBe(1);
    expect(text).toMatch(/^ {4}dead letters of inventory being replayed: 1$/m);
    expect(text).toMatch(/^✓ Q5 /m);
  });
});
