export { CreateOutbox1763700000002 } from './migration.js';
export { Outbox } from './outbox.js';
export { pruneOutbox } from './prune-outbox.js';
export { Relay, type RelayOptions } from './relay.js';
export { listSetAside, releaseSetAside, type SetAsideEvent } from './set-aside.js';
