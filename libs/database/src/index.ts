export { Database, databaseOptions, type DatabaseSettings } from './database.js';
export { unnestParameters } from './unnest-parameters.js';
export { statement, type Statement, type Transaction } from './transaction.js';
export {
  ConcurrentUpdateError,
  databaseFault,
  DatabaseUnavailableError,
  isPermanent,
  isRefusedForGood,
  isTransient,
  isUnreachable,
  mapDuplicateKeyError,
  ReadOnlyDatabaseError,
  sqlState,
} from './errors.js';
export { describeFault } from './fault-memory.js';
export type { DatabaseFault } from './sql-states.js';
export { deleteInPages, type DeleteInPagesOptions, type DeletedPage } from './delete-in-pages.js';
export { migrate, type MigrateOptions } from './migrate.js';
export { createIndexConcurrently } from './create-index-concurrently.js';
export { waitForDatabase } from './wait-for-database.js';
export {
  type Grantees,
  grantPrivileges,
  type Privileges,
  PrivilegesMismatchError,
  type TablePrivileges,
} from './grants.js';
export { createCoalescingSocket, coalesceWrites } from './coalesce-writes.js';
export { AdvisoryLockSession } from './advisory-lock-session.js';
export { SessionSettingsError } from './session-settings.js';
export { TransactionPoolingError } from './pooling-check.js';
