import { Logger as NestsLogger } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { createLogger, NestLogger } from './index.js';

const CANARY = '4111111111111111';

function captureLog(write: (logger: ReturnType<typeof createLogger>) => void): {
  lines: Record<string, unknown>[];
  raw: string;
} {
  let raw = '';
  const logger = createLogger({
    service: 'order',
    level: 'info',
    destination: { write: (line: string) => void (raw += line) },
  });
  write(logger);
  const lines = raw
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { lines, raw };
}

describe('a log line', () => {
  it('is JSON with service, level, time and child fields', () => {
    const { lines } = captureLog((logger) =>
      logger.child({ orderId: 'o-1' }).warn({ sku: 'tea' }, 'low stock'),
    );
    expect(lines).toEqual([
      expect.objectContaining({
        service: 'order',
        level: 'warn',
        orderId: 'o-1',
        sku: 'tea',
        msg: 'low stock',
      }),
    ]);
    expect(Date.parse(String(lines[0]?.['time']))).not.toBeNaN();
  });

  it('contains the causes of an error', () => {
    const { lines } = captureLog((logger) =>
      logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed'),
    );
    expect(lines[0]).toMatchObject({ err: { message: 'outer', cause: { message: 'inner' } } });
  });

  it.each([
    ['a message', (logger: ReturnType<typeof createLogger>) => logger.info(`paid with ${CANARY}.`)],
    ['a field', (logger: ReturnType<typeof createLogger>) => logger.info({ deep: { er: [CANARY] } })],
    ['a number', (logger: ReturnType<typeof createLogger>) => logger.info({ n: Number(CANARY), after: 1 })],
    ['a key', (logger: ReturnType<typeof createLogger>) => logger.info({ [CANARY]: true })],
    ['groups', (logger: ReturnType<typeof createLogger>) => logger.info('4111 1111-1111 1111')],
    ['a stack', (logger: ReturnType<typeof createLogger>) => logger.error(new Error(`no:\n${CANARY}`))],
  ])('never contains a card number in %s', (_, write) => {
    const { raw, lines } = captureLog(write);
    expect(lines).toHaveLength(1);
    expect(raw.replace(/[ -]/g, '')).not.toContain(CANARY);
  });

  it('never contains tokens, credentials or URL passwords', () => {
    const { raw } = captureLog((logger) => {
      logger.info({ paymentToken: 'tok_s3cret' }, 'tok_s3cret');
      logger.info({ authorization: 'Bearer s3cret' });
      logger.error(new Error('cannot reach amqp://order:s3cret@broker/'));
    });
    expect(raw).not.toContain('s3cret');
    expect(raw).toContain('amqp://order:***@broker/');
  });

  it('keeps ids and traces that resemble card numbers', () => {
    const ids = {
      uuid: '01890000-0000-7000-8411-111111111111',
      traceparent: '00-41111111111111110000000000000000-4111111111111111-01',
      ratio: 0.4111111111111112,
    };
    expect(captureLog((logger) => logger.info(ids)).lines[0]).toMatchObject(ids);
  });
});

describe('lines of Nest', () => {
  it('are JSON with their context and errors', () => {
    const { lines } = captureLog((logger) => {
      const nest = new NestLogger(logger);
      nest.log('Mapped {/orders, POST} route', 'RouterExplorer');
      nest.log('hello', 'OrderModule');
      nest.error('it broke', new Error('why'), 'OrderModule');
      nest.error(new Error('alone'), 'OrderModule');
    });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatchObject({ level: 'info', context: 'OrderModule', msg: 'hello' });
    expect(lines[1]).toMatchObject({ level: 'error', msg: 'it broke', err: { message: 'why' } });
    expect(lines[2]).toMatchObject({ level: 'error', msg: 'alone', err: { message: 'alone' } });
  });

  it('are written by the Logger class of Nest', () => {
    const { lines } = captureLog((logger) => {
      NestsLogger.overrideLogger(new NestLogger(logger));
      new NestsLogger('Context').log('through Nest');
      NestsLogger.overrideLogger(false);
    });
    expect(lines[0]).toMatchObject({ context: 'Context', msg: 'through Nest' });
  });
});
