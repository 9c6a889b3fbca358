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
import { brokerAccess, testDatabase, testVhost } from '../../libs/test-support/servers.js';

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

/** The interactive part of a terminal: a progress line, and Ctrl-C. */
type TerminalOverrides = Partial<Pick<Terminal, 'draw' | 'onInterrupt'>>;

async function run(
  args: readonly string[],
  more: Record<string, string> = {},
  overrides: TerminalOverrides = {},
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
      ...overrides,
    },
  );
  return { code, text: printed.join('\n'), errors: errors.join('\n') };
}

const readDeadLetterStatus = async (): Promise<unknown> =>
  (await inventory.query<{ status: string }>('SELECT status FROM dead_letters')).rows[0]?.status;

describe('dead letters, while no service runs,', () => {
  test('are listed, grouped and shown', async () => {
    expect((await run(['dead-letters', 'list'])).text).toContain(deadLetterId);
    const groups = JSON.parse((await run(['--json', 'dead-letters', 'groups'])).text) as { cause: string }[];
    expect(groups).toMatchObject([{ service: 'inventory', failureReason: 'attempts_exhausted', count: 1 }]);
    expect((await run(['dead-letters', 'list', '--cause', groups[0]!.cause])).text).toContain(deadLetterId);
    const shown = await run(['dead-letters', 'show', deadLetterId]);
    expect(shown.text).toMatch(/^claims {5}none$/m);
    expect(shown.text).toContain('the handler failed');
  });

  test('are discarded and reopened only with consent and reason', async () => {
    const dry = await run(['dead-letters', 'discard', deadLetterId, '--reason', 'x']);
    expect(dry).toMatchObject({ code: 0, text: expect.stringContaining('Nothing was changed') as string });
    expect(await run(['dead-letters', 'discard', deadLetterId, '--yes'])).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^missing --reason/) as string,
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

  test('are marked for replay', async () => {
    const args = ['--json', 'dead-letters', 'replay', '--all', '--reason', 'x', '--yes', '--no-wait'];
    expect(await run(args)).toMatchObject({ code: 0 });
    expect(await readDeadLetterStatus()).toBe('replaying');
  });

  const replayAll = ['dead-letters', 'replay', '--all', '--reason', 'x', '--yes'];

  test('are taken back by Ctrl-C before they are published', async () => {
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
    expect(drawn[0]).toMatch(/^░+ +0 % {2}0 of 1 {2}\(Ctrl-C takes back the remaining\)$/);
    expect(replayed).toMatchObject({
      code: 0,
      text: expect.stringContaining('1 taken back and open') as string,
    });
    expect(await readDeadLetterStatus()).toBe('open');
    expect((await run(['log', deadLetterId])).text).toMatch(/wei +stop-replay .*\n.*wei +replay /);
  });

  test('are followed until their service has published them', async () => {
    let sent: Promise<unknown> | undefined;
    const draw = (line: string): void => {
      if (line !== '') sent ??= inventory.query(`UPDATE dead_letters SET status = 'replayed'`);
    };
    expect((await run(replayAll, {}, { draw })).text).toBe('1 dead letter replayed');
    await sent;
  });

  test('are not edited into an invalid event', async () => {
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
      errors: expect.stringContaining('not a valid CloudEvents envelope') as string,
    });
    expect(await readDeadLetterStatus()).toBe('open');
  });

  test.each<[string, number, string, readonly string[]]>([
    [
      'an unknown id',
      1,
      'no open dead letter has one of these ids',
      ['discard', createMessageId(1), '--reason', 'x', '--yes'],
    ],
    [
      'an empty selection',
      1,
      'no open dead letter matches',
      ['replay', '--failure-reason', 'no_such', '--reason', 'x', '--yes'],
    ],
    ['no selection at all', 2, 'no selection', ['discard', '--reason', 'x', '--yes']],
    [
      'another count than there is',
      1,
      'expected 7 dead letters, found 1: nothing was changed',
      ['discard', '--all', '--reason', 'x', '--count', '7'],
    ],
    ['an invalid id', 2, 'Expected a UUID', ['show', 'x']],
    ['a misspelt command', 2, 'Did you mean replay', ['repaly']],
  ])('given %s, the error says why and no dead letter changes', async (_, code, expectedError, args) => {
    const refused = await run(['dead-letters', ...args]);
    expect(refused).toMatchObject({ code, errors: expect.stringContaining(expectedError) as string });
    expect(await readDeadLetterStatus()).toBe('open');
  });
});

test.each([
  ['dead-letters', 'list'],
  ['dead-letters', 'replay'],
  ['outbox', 'republish'],
])('%s %s refuses an invalid --since', async (...command) => {
  for (const since of ['2', '12', 'last week 3', '2026-11-21T10:00:00']) {
    expect(await run([...command, '--since', since])).toMatchObject({
      code: 2,
      errors: expect.stringContaining('Expected 30m, 2h or 7d ago, or 2026-11-21T10:00:00Z') as string,
    });
  }
});

test.each([
  ['dead-letters', 'replay'],
  ['outbox', 'republish'],
])('a dry run of %s %s prints the instant of --since', async (...command) => {
  const since = ['--since', '7d'];
  const { since: instant } = JSON.parse((await run(['--json', ...command, ...since])).text) as {
    since: string;
  };
  expect(Date.now() - Date.parse(instant)).toBeGreaterThanOrEqual(7 * 86_400_000);
  expect((await run([...command, ...since])).text).toMatch(/^--since is \d{4}-\d\d-\d\dT[\d:.]+Z$/m);
});

test('an order has one timeline of all services', async () => {
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

test('the consumers that claimed a message are listed', async () => {
  const { rows } = await inventory.query<{ message_id: string }>('SELECT message_id FROM inbox LIMIT 1');
  expect((await run(['inbox', rows[0]!.message_id])).text).toContain('inventory.order-processing');
  expect(await run(['inbox', createMessageId(1)])).toMatchObject({ code: 1 });
});

test('a parked event is listed and released', async () => {
  const { rows } = await inventory.query<{ id: string }>(
    `UPDATE outbox SET parked_at = now(), published_at = NULL, last_error = '404' WHERE position = 1 RETURNING id`,
  );
  const { id } = rows[0]!;
  expect((await run(['outbox'])).text).toContain(id);
  expect((await run(['outbox', 'release', id])).text).toContain('Nothing was changed');
  expect(await run(['outbox', 'release', id, '--yes', '--reason', 'fixed'])).toMatchObject({ code: 0 });
  expect(await run(['outbox', 'release', id, '--yes', '--reason', 'fixed'])).toMatchObject({ code: 1 });
  expect((await run(['log', id])).text).toMatch(/release .* fixed$/);
});

test('events are republished only with a selection, consent and reason', async () => {
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
    errors: expect.stringMatching(/^no selection/) as string,
  });
  expect(await republish(createMessageId(1), '--yes', '--reason', 'x')).toMatchObject({ code: 1 });
  expect((await republish(...ids)).text).toBe(
    '2 events of inventory would be marked for publishing. Nothing was changed. To change, add --yes or --count 2.',
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

test('payments that need an operator are listed', async () => {
  expect(await run(['payments'])).toMatchObject({ code: 0 });
});

test('a topology is compared, applied, and pruned of empty queues', async () => {
  expect(await run(['topology', 'diff'], broker)).toMatchObject({ code: 1 });
  expect((await run(['topology', 'apply', '--yes', '--reason', 'new'], broker)).code).toBe(0);
  expect((await run(['topology', 'diff'], broker)).text).toMatch(/^the topology of the broker is complete/);
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
      '- missing     binding order.events → inventory.order-processing.1 (order.placed.1)',
      '+ unexpected  queue inventory.old.0',
      '+ unexpected  queue inventory.old.1',
    ].join('\n'),
  );
  expect(await run(['topology', 'prune', '--yes', '--reason', 'x'], broker)).toMatchObject({ code: 1 });
  await run(['topology', 'apply', '--yes', '--reason', 'put back'], broker);
  const pruned = await run(['topology', 'prune', '--yes', '--reason', 'old'], broker);
  expect(pruned.text).toMatch(/^1 object removed\nkept queue inventory.old.1: it has 1 message$/);
  expect((await channel.checkQueue('foreign')).messageCount).toBe(0);
  await connection.close();
  expect((await run(['log', 'queue inventory.old.0'])).text).toContain('prune topology');
});

test('without a management API the output names the gaps', async () => {
  const { OPS_RABBITMQ_URL } = broker;
  expect((await run(['queues'], { OPS_RABBITMQ_URL })).text).toContain('needs OPS_RABBITMQ_MANAGEMENT_URL');
  expect((await run(['topology', 'diff'], { OPS_RABBITMQ_URL })).text).toContain('were not checked');
});

test('an unavailable database and a missing variable are named', async () => {
  const nowhere = `127.0.0.1:${await freePort()}`;
  const unreachable = await run(['outbox'], { OPS_ORDER_DATABASE_URL: `postgres://${nowhere}/x` });
  expect(unreachable).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^the database of order is unavailable/) as string,
  });
  expect(await run(['queues'])).toMatchObject({ code: 2, errors: 'OPS_RABBITMQ_URL is not set' });
});

function createMessageId(n: number): string {
  return `019a0000-0000-7000-8000-${String(n).padStart(12, '0')}`;
}
