export { Database, databaseOptions, type DatabaseSettings } from './database.js';
export { columns } from './unnest-parameters.js';
export { statement, type Statement, type Transaction } from './transaction.js';
export { ConcurrentChange, concurrentIfThere, isTransient, sqlState } from './errors.js';
export { migrate } from './migrate.js';
export { reachDatabase } from './reach-database.js';
export { type Grantees, grantRights, type Rights, RightsUndeclared, type TableRights } from './grants.js';
export { gatheringSocket, gatherWrites } from './coalesce-writes.js';
export { LockSession } from './advisory-lock-session.js';
