import { isTransient, sqlState } from '#database';
import { ProvisioningError } from './provisioning-error.js';

/** By SQLSTATE: what to do. */
const ADVICE: Readonly<Record<string, string>> = {
  '28P01': 'give the password that the role has, or PROVISION_POSTGRES_URL to have it set',
  '28000': 'let the role log in, or give PROVISION_POSTGRES_URL to have it made',
  '3D000': 'create the database, or give PROVISION_POSTGRES_URL to have it made',
  '42501': 'the role may not do that: give one that may',
  '42704': 'create the role, or give PROVISION_POSTGRES_URL to have it made',
};

/** What a refusal of PostgreSQL means for whoever provisions. @param variable which URL it is about */
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

/** Where several addresses were tried there is no message but theirs. */
function describeError(error: unknown): string {
  const { message, errors } = error as AggregateError;
  return message || (errors ?? []).map(({ message: each }: Error) => each).join('; ');
}
