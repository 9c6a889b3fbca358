export { outboxMigrations, outboxPrivileges } from './migration.js';
export { Outbox } from './outbox.js';
export { type OutboxLag, outboxLag, outboxStatus, type OutboxStatus } from './outbox-status.js';
export { findParkedEvent, listParkedEvents, type ParkedEvent, releaseParkedEvent } from './parked-events.js';
export { countPublished, type PublishedFilter, pruneOutbox, republishEvents } from './published-events.js';
export { pageSettled, Relay, type RelayOptions } from './relay/relay.js';
