import { describe, expect, test } from 'vitest';
import { ConcurrentUpdateError, mapDuplicateKeyError, isTransient, sqlState } from './errors.js';

function databaseError(code: string): Error {
  return Object.assign(new Error(`SQLSTATE ${code}`), { code });
}

describe('an error is transient when', () => {
  test.each([
    ['08006', 'the connection failed'],
    ['40001', 'it could not be serialized'],
    ['40P01', 'it was the victim of a deadlock'],
    ['53100', 'the disk is full'],
    ['53300', 'there are too many connections'],
    ['55P03', 'a lock wait timed out'],
    ['57P01', 'an administrator ended the session'],
    ['57P02', 'the server crashed'],
    ['57P03', 'the server is starting'],
    ['25P03', 'the session idled too long in its transaction'],
  ])('SQLSTATE %s: %s', (code) => {
    expect(isTransient(databaseError(code))).toBe(true);
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'])(
    'the socket says %s',
    (code) => {
      expect(isTransient(databaseError(code))).toBe(true);
    },
  );

  test.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'timeout exceeded when trying to connect',
    'Query read timeout',
  ])('pg says "%s"', (message) => {
    expect(isTransient(new Error(message))).toBe(true);
  });

  test('another transaction changed what ours had read', () => {
    expect(isTransient(new ConcurrentUpdateError('orders'))).toBe(true);
  });

  test('one of the addresses tried, or the cause, says so', () => {
    const refused = databaseError('ECONNREFUSED');
    expect(isTransient(new AggregateError([new Error('other'), refused]))).toBe(true);
    expect(isTransient(new Error('query failed', { cause: refused }))).toBe(true);
  });
});

describe('trying the same again is no use when', () => {
  test.each([
    ['22P02', 'a value is not of its type'],
    ['23505', 'a row is there already'],
    ['23514', 'a check is violated'],
    ['25P02', 'the transaction has failed already'],
    ['42601', 'the statement is wrong'],
    ['42P01', 'the table does not exist'],
    ['57014', 'the statement ran too long'],
    ['54001', 'the statement is too complex'],
  ])('SQLSTATE %s: %s', (code) => {
    expect(isTransient(databaseError(code))).toBe(false);
  });

  test.each([[new TypeError('x is not a function')], ['a string'], [undefined], [null], [{ code: 42 }]])(
    'it is %s',
    (thrown) => {
      expect(isTransient(thrown)).toBe(false);
    },
  );
});

test('an SQLSTATE is distinguished from other codes', () => {
  expect(sqlState(databaseError('40P01'))).toBe('40P01');
  expect(sqlState(databaseError('ECONNRESET'))).toBeUndefined();
  expect(sqlState(new Error('no code'))).toBeUndefined();
  expect(sqlState(undefined)).toBeUndefined();
});

test('only a duplicate key becomes ConcurrentUpdateError', () => {
  expect(() => mapDuplicateKeyError('orders')(databaseError('23505'))).toThrow(ConcurrentUpdateError);
  const other = databaseError('23503');
  expect(() => mapDuplicateKeyError('orders')(other)).toThrow(other);
});
