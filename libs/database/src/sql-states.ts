/**
 * Where the fault of a failed statement lies. HTTP, consumers, the relay and background loops decide by it:
 *
 * | fault      | meaning                                                  | HTTP | consumer                                |
 * |------------|----------------------------------------------------------|------|-----------------------------------------|
 * | `conflict` | a concurrent transaction conflicted                      | 503  | repeats the batch, counts no attempt    |
 * | `system`   | server, session, role or schema; never one message       | 503  | pauses, counts no attempt               |
 * | `unclear`  | this message or the server: the other messages decide    | 503  | pauses while every message fails alike  |
 * | `data`     | the values of the statement; a repetition cannot succeed | 500  | dead letter at once                     |
 */
export type DatabaseFault = 'conflict' | 'system' | 'unclear' | 'data';

/** By SQLSTATE, or by its first two or three characters. The longest match counts; without one, `unclear`. */
const FAULTS: Readonly<Record<string, DatabaseFault>> = {
  '08': 'system', // connection exception
  '0A': 'system', // feature not supported: a prepared plan that no longer fits its table
  '22': 'data', // data exception
  '23': 'data', // integrity constraint violation
  '25006': 'system', // read-only transaction: a standby, a demoted primary
  '25P03': 'system', // idle in transaction: PostgreSQL ended the session
  '26': 'system', // no such prepared statement: a pooler switched the session
  '28': 'system', // authentication
  '3D': 'system', // no such database
  '3F': 'system', // no such schema
  '40': 'conflict', // deadlock, serialization failure
  '42': 'system', // no such table or column, no permission: statements are constants, so no message causes it
  '53': 'system', // disk full, out of memory, too many connections
  '55P03': 'conflict', // lock timeout
  '57P': 'system', // shutdown, crash, start, end of the session
  '58': 'system', // I/O error
  F0: 'system', // configuration file
  // `unclear`, among others: 57014 statement timeout, 54 program limit, P0 error of a trigger, XX internal error.
};

/** Returns where the fault of an error with this SQLSTATE lies. */
export function sqlStateFault(state: string): DatabaseFault {
  return FAULTS[state] ?? FAULTS[state.slice(0, 3)] ?? FAULTS[state.slice(0, 2)] ?? 'unclear';
}
