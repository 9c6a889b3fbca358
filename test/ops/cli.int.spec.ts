import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runOps } from '../../tools/ops/cli.js';
import type { Terminal } from '../../tools/ops/terminal.js';
import { freePort } from '../../tools/local/ports.js';
import { startGateway, type TestGateway } from '../audit/test-gateway.js';
import { InProcessShop } from '../audit/in-process-shop.js';
import { createSampleOrders } from '../audit/sample-orders.js';
import { brokerAccess, testDatabase, testVhost } from '../setup/infrastructure.js';

const databaseUrls = {
  order: await testDatabase(),
  inventory: await testDatabase(),
  payment: await testDatabase(),
};
const rabbitmqUrl = await testVhost();
const { url: managementUrl } = brokerAccess().management!;

const env = {
  OPS_ORDER_DATABASE_URL: databaseUrls.order,
  OPS_INVENTORY_DATABASE_URL: databaseUrls.inventory,
  OPS_PAYMENT_DATABASE_URL: databaseUrls.payment,
  OPS_OPERATOR: 'wei',
};
const broker = { OPS_RABBITMQ_URL: rabbitmqUrl, OPS_RABBITMQ_MANAGEMENT_URL: managementUrl };

let gateway: TestGateway;
let shop: InProcessShop;
let inventory: Client;
let completedOrderId: string;
let deadLetterId: string;

beforeAll(async () => {
  gateway = await startGateway();
  shop = await InProcessShop.open(databaseUrls, gateway.url);
  ({ completed: completedOrderId } = await createSampleOrders(shop));
  inventory = new Client({ connectionString: databaseUrls.inventory });
  await inventory.connect();
  const { rows } = await inventory.query<{ id: string }>('SELECT id FROM dead_letters');
  deadLetterId = rows[0]!.id;
});

afterAll(async () => {
  await inventory.end();
  await shop.close();
  await gateway.close();
});

beforeEach(async () => {
  await inventory.query(`UPDATE dead_letters SET status = 'open', replays = 0, replay_due_at = NULL`);
  await inventory.query('DELETE FROM operator_log');
});

/** What a terminal does besides printing: it is drawn on, and somebody may press Ctrl-C. */
type TerminalOverrides = Partial<Pick<Terminal, 'draw' | 'onInterrupt'>>;

async function run(
  args: readonly string[],
  more: Record<string, string> = {},
  hands: TerminalOverrides = {},
) {
  const printed: string[] = [];
  const errors: string[] = [];
  const code = await runOps(
    args,
    { ...env, ...more },
    {
      print: (text) => printed.push(text),
      printError: (text) => errors.push(text),
      draw: undefined,
      width: Number.POSITIVE_INFINITY,
      onInterrupt: () => () => {},
      ...hands,
    },
  );
  return { code, text: printed.join('\n'), errors: errors.join('\n') };
}

const readDeadLetterStatus = async (): Promise<unknown> =>
  (await inventory.query<{ status: string }>('SELECT status FROM dead_letters')).rows[0]?.status;

describe('dead letters, without any service running,', () => {
  test('are listed, grouped and shown', async () => {
    expect((await run(['dead-letters', 'list'])).text).toContain(deadLetterId);
    const groups = JSON.parse((await run(['--json', 'dead-letters', 'groups'])).text) as { cause: string }[];
    expect(groups).toMatchObject([{ service: 'inventory', failureReason: 'attempts_exhausted', count: 1 }]);
    expect((await run(['dead-letters', 'list', '--cause', groups[0]!.cause])).text).toContain(deadLetterId);
    const shown = await run(['dead-letters', 'show', deadLetterId]);
    expect(shown.text).toMatch(/^handled {4}never$/m);
    expect(shown.text).toContain('it could not be handled');
  });

  test('are discarded only when the operator says so and why, and reopened again', async () => {
    const dry = await run(['dead-letters', 'discard', deadLetterId, '--reason', 'x']);
    expect(dry).toMatchObject({ code: 0, text: expect.stringContaining('Nothing was done') as string });
    expect(await run(['dead-letters', 'discard', deadLetterId, '--yes'])).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^why\?/) as string,
    });
    expect(await readDeadLetterStatus()).toBe('open');
    expect(
      await run(['dead-letters', 'discard', deadLetterId, '--reason', 'x', '--count', '1']),
    ).toMatchObject({
      code: 0,
    });
    expect(await readDeadLetterStatus()).toBe('discarded');
    expect(await run(['dead-letters', 'reopen', deadLetterId, '--reason', 'y', '--yes'])).toMatchObject({
      code: 0,
    });
    expect(await readDeadLetterStatus()).toBe('open');
    expect((await run(['log', deadLetterId])).text).toMatch(/wei +reopen .*\n.*wei +discard /);
  });

  test('are marked to be sent again', async () => {
    const args = ['--json', 'dead-letters', 'replay', '--all', '--reason', 'x', '--yes', '--no-wait'];
    expect(await run(args)).toMatchObject({ code: 0 });
    expect(await readDeadLetterStatus()).toBe('replaying');
  });

  const replayAll = ['dead-letters', 'replay', '--all', '--reason', 'x', '--yes'];

  test('are taken back by Ctrl-C while they wait to be sent, and that is on record', async () => {
    let pressCtrlC = (): void => {};
    const drawn: string[] = [];
    const replayed = await run(
      replayAll,
      {},
      {
        onInterrupt: (listener) => {
          pressCtrlC = listener;
          return () => {};
        },
        draw: (line) => {
          drawn.push(line);
          if (line !== '') pressCtrlC();
        },
      },
    );
    expect(drawn[0]).toMatch(/^░+ +0 % {2}0 of 1 {2}\(Ctrl-C takes back the rest\)$/);
    expect(replayed).toMatchObject({
      code: 0,
      text: expect.stringContaining('1 taken back: open as before') as string,
    });
    expect(await readDeadLetterStatus()).toBe('open');
    expect((await run(['log', deadLetterId])).text).toMatch(/wei +stop-replay .*\n.*wei +replay /);
  });

  test('are followed until their service has sent them', async () => {
    let sent: Promise<unknown> | undefined;
    const draw = (line: string): void => {
      if (line !== '') sent ??= inventory.query(`UPDATE dead_letters SET status = 'replayed'`);
    };
    expect((await run(replayAll, {}, { draw })).text).toBe('1 dead letter sent again');
    await sent;
  });

  test('are not edited against the contract', async () => {
    const file = join(tmpdir(), `${deadLetterId}.json`);
    await writeFile(file, '{"specversion":"1.0"}');
    const edited = await run([
      'dead-letters',
      'edit',
      deadLetterId,
      '--file',
      file,
      '--reason',
      'x',
      '--yes',
    ]);
    expect(edited).toMatchObject({
      code: 1,
      errors: expect.stringContaining('not an event of ours') as string,
    });
    expect(await readDeadLetterStatus()).toBe('open');
  });

  test.each<[string, number, string, readonly string[]]>([
    ['an unknown id', 1, 'none of these is there', ['discard', createMessageId(1), '--reason', 'x', '--yes']],
    [
      'an empty selection',
      1,
      'no open dead letter',
      ['replay', '--failure-reason', 'no_such', '--reason', 'x', '--yes'],
    ],
    ['no selection at all', 2, 'which ones?', ['discard', '--reason', 'x', '--yes']],
    [
      'another count than there is',
      1,
      'not 7: nothing was done',
      ['discard', '--all', '--reason', 'x', '--count', '7'],
    ],
    ['what is no id', 2, 'It is no id', ['show', 'x']],
    ['a misspelt verb', 2, 'Did you mean replay', ['repaly']],
  ])('given %s: nothing is done, and it is said why', async (_, code, expectedError, args) => {
    const refused = await run(['dead-letters', ...args]);
    expect(refused).toMatchObject({ code, errors: expect.stringContaining(expectedError) as string });
    expect(await readDeadLetterStatus()).toBe('open');
  });
});

test('an order is told as one timeline of all services', async () => {
  const { text } = await run(['order', completedOrderId]);
  for (const expectedText of [
    'order.placed.v1 #1',
    'authorize approved',
    'completed (payment.captured)',
    'is deducted',
  ]) {
    expect(text).toContain(expectedText);
  }
  const { steps } = JSON.parse((await run(['--json', 'order', completedOrderId])).text) as {
    steps: { at: string }[];
  };
  const times = steps.map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a.localeCompare(b)));
  expect(await run(['order', createMessageId(1)])).toMatchObject({ code: 1 });
});

test('who has handled a message is told, and that nobody has', async () => {
  const { rows } = await inventory.query<{ message_id: string }>('SELECT message_id FROM inbox LIMIT 1');
  expect((await run(['inbox', rows[0]!.message_id])).text).toContain('inventory.order-processing');
  expect(await run(['inbox', createMessageId(1)])).toMatchObject({ code: 1 });
});

test('an outbox says what is set aside, and releases it', async () => {
  const { rows } = await inventory.query<{ id: string }>(
    `UPDATE outbox SET parked_at = now(), published_at = NULL, last_error = '404' WHERE position = 1 RETURNING id`,
  );
  const { id } = rows[0]!;
  expect((await run(['outbox'])).text).toContain(id);
  expect((await run(['outbox', 'release', id])).text).toContain('Nothing was done');
  expect(await run(['outbox', 'release', id, '--yes', '--reason', 'mended'])).toMatchObject({ code: 0 });
  expect(await run(['outbox', 'release', id, '--yes', '--reason', 'mended'])).toMatchObject({ code: 1 });
  expect((await run(['log', id])).text).toMatch(/release .* mended$/);
});

test('events that a consumer missed are published again, and only when it is said which and why', async () => {
  const { rows } = await inventory.query<{ id: string }>(
    'SELECT id FROM outbox WHERE published_at IS NOT NULL ORDER BY position DESC LIMIT 2',
  );
  const ids = rows.map(({ id }) => id);
  const pending = async (): Promise<string[]> => {
    const { rows } = await inventory.query<{ id: string }>(
      'SELECT id FROM outbox WHERE published_at IS NULL AND id = ANY ($1) ORDER BY position DESC',
      [ids],
    );
    return rows.map(({ id }) => id);
  };
  const republish = (...args: readonly string[]) => run(['outbox', 'republish', ...args]);
  expect(await republish('--yes', '--reason', 'x')).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^which ones/) as string,
  });
  expect(await republish(createMessageId(1), '--yes', '--reason', 'x')).toMatchObject({ code: 1 });
  expect((await republish(...ids)).text).toBe(
    'Would publish 2 events of inventory again. Nothing was done. To do it, add --count 2 or --yes.',
  );
  expect(await republish(...ids, '--count', '3', '--reason', 'x')).toMatchObject({ code: 1 });
  expect(await republish(...ids, '--count', '2')).toMatchObject({ code: 2 });
  expect(await pending()).toEqual([]);
  expect(await republish(...ids, '--count', '2', '--reason', 'order was not bound')).toMatchObject({
    code: 0,
  });
  expect(await pending()).toEqual(ids);
  expect((await run(['log', ids[0]!])).text).toMatch(/republish .* order was not bound$/);
});

test('payments that need a person are listed', async () => {
  expect(await run(['payments'])).toMatchObject({ code: 0 });
});

test('a topology is applied, its missing binding found, what is not wanted pruned where it is empty', async () => {
  expect(await run(['topology', 'diff'], broker)).toMatchObject({ code: 1 });
  expect((await run(['topology', 'apply', '--yes', '--reason', 'new'], broker)).code).toBe(0);
  expect((await run(['topology', 'diff'], broker)).text).toMatch(/^the broker has what the code wants/);
  expect((await run(['queues'], broker)).text).toContain('inventory.order-processing.3');

  const connection = await connect(rabbitmqUrl);
  const channel = await connection.createConfirmChannel();
  await channel.unbindQueue('inventory.order-processing.1', 'order.events', 'order.placed.1');
  for (const name of ['inventory.old.0', 'inventory.old.1', 'foreign']) {
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  }
  channel.sendToQueue('inventory.old.1', Buffer.from('kept'));
  await channel.waitForConfirms();
  const diff = await run(['topology', 'diff'], broker);
  expect(diff.code).toBe(1);
  expect(diff.text).toBe(
    [
      '- missing    binding order.events → inventory.order-processing.1 (order.placed.1)',
      '+ not wanted queue inventory.old.0',
      '+ not wanted queue inventory.old.1',
    ].join('\n'),
  );
  expect(await run(['topology', 'prune', '--yes', '--reason', 'x'], broker)).toMatchObject({ code: 1 });
  await run(['topology', 'apply', '--yes', '--reason', 'put back'], broker);
  const pruned = await run(['topology', 'prune', '--yes', '--reason', 'old'], broker);
  expect(pruned.text).toMatch(/^removed 1 thing\nkept queue inventory.old.1: it holds 1 messages$/);
  expect((await channel.checkQueue('foreign')).messageCount).toBe(0);
  await connection.close();
  expect((await run(['log', 'queue inventory.old.0'])).text).toContain('prune topology');
});

test('without a management API it says what it cannot see', async () => {
  const { OPS_RABBITMQ_URL } = broker;
  expect((await run(['queues'], { OPS_RABBITMQ_URL })).text).toContain('needs OPS_RABBITMQ_MANAGEMENT_URL');
  expect((await run(['topology', 'diff'], { OPS_RABBITMQ_URL })).text).toContain('were not looked at');
});

test('what cannot be reached, or is not set, is named', async () => {
  const nowhere = `127.0.0.1:${await freePort()}`;
  const unreachable = await run(['outbox'], { OPS_ORDER_DATABASE_URL: `postgres://${nowhere}/x` });
  expect(unreachable).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^the database of order cannot be reached/) as string,
  });
  expect(await run(['queues'])).toMatchObject({ code: 2, errors: 'OPS_RABBITMQ_URL is not set' });
});

function createMessageId(n: number): string {
  return `019a0000-0000-7000-8000-${String(n).padStart(12, '0')}`;
}
