export { outboxMigrations, outboxPrivileges } from './migration.js';
export { Outbox } from './outbox.js';
export { type OutboxLag, outboxLag } from './outbox-lag.js';
export { pruneOutbox } from './prune-outbox.js';
export { countPublished, type PublishedFilter, republishEvents } from './republish.js';
export { pageSettled } from './relay/relay-diagnostics.js';
export { Relay, type RelayOptions } from './relay/relay.js';
export {
  findParkedEvent,
  listParkedEvents,
  outboxStatus,
  type OutboxStatus,
  releaseParkedEvent,
  type ParkedEvent,
} from './parked-events.js';
