export { claim, type Claim, findClaims, type Outcome, recordOutcomes } from './inbox.js';
export { messagesClaimed } from './inbox-signals.js';
export { CreateInbox1763700000001, inboxRights } from './migration.js';
export { pruneInbox } from './prune-inbox.js';
