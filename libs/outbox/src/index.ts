export { outboxMigrations, outboxRights } from './migration.js';
export { Outbox } from './outbox.js';
export { type OutboxStandstill, outboxStandstill } from './outbox-standstill.js';
export { pruneOutbox } from './prune-outbox.js';
export { countPublished, type PublishedFilter, republishEvents } from './republish.js';
export { pageSettled } from './relay-signals.js';
export { Relay, type RelayOptions } from './relay.js';
export {
  findSetAside,
  listSetAside,
  outboxStatus,
  type OutboxStatus,
  releaseSetAside,
  type SetAsideEvent,
} from './set-aside.js';
