import { isTransient, sqlState } from '#database';
import { ProvisioningError } from './provisioning-error.js';

/** What the operator can do, by SQLSTATE. */
const ADVICE: Readonly<Record<string, string>> = {
  '28P01': 'give the password of the role, or set PROVISION_POSTGRES_URL so that provisioning sets it',
  '28000': 'allow the role to log in, or set PROVISION_POSTGRES_URL so that provisioning creates it',
  '3D000': 'create the database, or set PROVISION_POSTGRES_URL so that provisioning creates it',
  '42501': 'the role lacks this privilege: give a role that has it',
  '55P03':
    'a transaction holds a lock on the table: end it, then run provisioning again, which continues; to find it: ' +
    'SELECT pid, xact_start, query FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start',
  '42704': 'create the role, or set PROVISION_POSTGRES_URL so that provisioning creates it',
};

/**
 * Adds the variable at fault and the remedy to an error of PostgreSQL. An error without a known remedy is returned as is.
 *
 * @param variable the variable that holds the URL: `ORDER_DATABASE_URL`
 */
export function explainDatabaseError(variable: string, error: unknown): Error {
  const { message } = error as Error;
  const advice = ADVICE[sqlState(error) ?? ''];
  if (advice !== undefined)
    return new ProvisioningError(`${variable}: ${message}; ${advice}`, { cause: error });
  if (isTransient(error))
    return new ProvisioningError(`${variable}: the server cannot be reached: ${describeError(error)}`, {
      cause: error,
    });
  return error as Error;
}

/** An AggregateError of several addresses has no message: the messages of its errors are joined. */
function describeError(error: unknown): string {
  const { message, errors } = error as AggregateError;
  return message || (errors ?? []).map(({ message: each }: Error) => each).join('; ');
}
