export { Database, databaseOptions, type DatabaseSettings } from './database.js';
export { statement, type Statement, type Transaction } from './transaction.js';
export { ConcurrentChange, isTransient, sqlState } from './failures.js';
export { settleBatch, type Settled } from './settle-batch.js';
export { Batcher, BatcherFull, type BatcherOptions } from './batcher.js';
export { migrate } from './migrate.js';
export { reachDatabase } from './reach-database.js';
export { type Grantees, grantRights, type Rights, RightsUndeclared, type TableRights } from './rights.js';
export { LockSession } from './lock-session.js';
