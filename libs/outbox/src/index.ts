export { outboxMigrations, outboxRights } from './migration.js';
export { Outbox } from './outbox.js';
export { type OutboxStandstill, outboxStandstill } from './outbox-lag.js';
export { pruneOutbox } from './prune-outbox.js';
export { countPublished, type PublishedFilter, republishEvents } from './republish.js';
export { pageSettled } from './relay/relay-diagnostics.js';
export { Relay, type RelayOptions } from './relay/relay.js';
export {
  findSetAside,
  listSetAside,
  outboxStatus,
  type OutboxStatus,
  releaseSetAside,
  type SetAsideEvent,
} from './parked-events.js';
