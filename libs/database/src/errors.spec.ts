import { describe, expect, test } from 'vitest';
import {
  ConcurrentUpdateError,
  databaseFault,
  DatabaseUnavailableError,
  isPermanent,
  isTransient,
  isUnreachable,
  mapDuplicateKeyError,
  ReadOnlyDatabaseError,
  sqlState,
} from './errors.js';

function databaseError(code: string): Error {
  return Object.assign(new Error(`SQLSTATE ${code}`), { code });
}

describe('the fault of an SQLSTATE:', () => {
  test.each([
    ['08006', 'system', 'the connection failed'],
    ['0A000', 'system', 'a prepared plan no longer fits its table'],
    ['22P02', 'data', 'a value is not of its type'],
    ['23505', 'data', 'a row is there already'],
    ['23514', 'data', 'a check is violated'],
    ['25006', 'system', 'the server is read-only'],
    ['25P03', 'system', 'the session idled too long in its transaction'],
    ['26000', 'system', 'a pooler switched the session'],
    ['28P01', 'system', 'the password is wrong'],
    ['28000', 'system', 'the role may not log in'],
    ['3D000', 'system', 'the database does not exist'],
    ['3F000', 'system', 'the schema does not exist'],
    ['40001', 'conflict', 'it could not be serialized'],
    ['40P01', 'conflict', 'it was the victim of a deadlock'],
    ['42501', 'system', 'a permission is missing'],
    ['42601', 'system', 'the statement is wrong'],
    ['42703', 'system', 'the column does not exist'],
    ['42P01', 'system', 'the table does not exist'],
    ['53100', 'system', 'the disk is full'],
    ['53200', 'system', 'memory is exhausted'],
    ['53300', 'system', 'there are too many connections'],
    ['55P03', 'conflict', 'a lock wait timed out'],
    ['57P01', 'system', 'an administrator ended the session'],
    ['57P02', 'system', 'the server crashed'],
    ['57P03', 'system', 'the server is starting'],
    ['57P05', 'system', 'the session was idle too long'],
    ['58030', 'system', 'the disk reports an error'],
    ['58P01', 'system', 'a file of a table is missing'],
    ['F0001', 'system', 'the lock file exists'],
    ['57014', 'unclear', 'the statement ran too long'],
    ['25P02', 'unclear', 'the transaction has failed already'],
    ['54001', 'unclear', 'the statement is too complex'],
    ['P0001', 'unclear', 'a trigger raised an error'],
    ['XX000', 'unclear', 'an internal error'],
    ['XX001', 'unclear', 'a page is corrupt'],
  ])('%s is %s: %s', (code, fault) => {
    expect(databaseFault(databaseError(code))).toBe(fault);
    expect(isTransient(databaseError(code))).toBe(fault === 'conflict' || fault === 'system');
    expect(isPermanent(databaseError(code))).toBe(fault === 'data');
  });
});

describe('the system is at fault when', () => {
  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'])(
    'the socket reports %s',
    (code) => {
      expect(databaseFault(databaseError(code))).toBe('system');
    },
  );

  test.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'timeout exceeded when trying to connect',
    'Query read timeout',
  ])('pg reports "%s"', (message) => {
    expect(databaseFault(new Error(message))).toBe('system');
  });

  test('no connection can be opened, for any reason', () => {
    const cause = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' });
    expect(databaseFault(new DatabaseUnavailableError(cause))).toBe('system');
    expect(databaseFault(new ReadOnlyDatabaseError())).toBe('system');
  });

  test('one of several addresses, or the cause, names it', () => {
    const refused = databaseError('ECONNREFUSED');
    expect(databaseFault(new AggregateError([new Error('other'), refused]))).toBe('system');
    expect(databaseFault(new Error('query failed', { cause: refused }))).toBe('system');
  });
});

test.each([[new TypeError('x is not a function')], ['a string'], [undefined], [null], [{ code: 42 }]])(
  'the database is not at fault for %s',
  (thrown) => {
    expect(databaseFault(thrown)).toBeUndefined();
    expect(isTransient(thrown)).toBe(false);
    expect(isPermanent(thrown)).toBe(false);
  },
);

test('a domain error can be permanent', () => {
  expect(isPermanent(Object.assign(new Error('no'), { permanent: true }))).toBe(true);
});

test('a starting program waits only for errors that time repairs', () => {
  const codes = ['ECONNREFUSED', '08006', '53300', '57P03', '28P01', '3D000', '08P01', '42501'];
  expect(codes.filter((code) => isUnreachable(databaseError(code)))).toEqual(codes.slice(0, 4));
});

test('an SQLSTATE is distinguished from other codes', () => {
  expect(sqlState(databaseError('40P01'))).toBe('40P01');
  for (const code of ['ECONNRESET', 'EPIPE', 'EPERM']) expect(sqlState(databaseError(code))).toBeUndefined();
  expect(sqlState(new Error('no code'))).toBeUndefined();
  expect(sqlState(undefined)).toBeUndefined();
});

test('another transaction changed a row that this one had read: a conflict', () => {
  expect(databaseFault(new ConcurrentUpdateError('orders'))).toBe('conflict');
});

test('only a duplicate key becomes ConcurrentUpdateError', () => {
  expect(() => mapDuplicateKeyError('orders')(databaseError('23505'))).toThrow(ConcurrentUpdateError);
  const other = databaseError('23503');
  expect(() => mapDuplicateKeyError('orders')(other)).toThrow(other);
});
