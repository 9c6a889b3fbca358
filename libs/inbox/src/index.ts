export { claim, type Claim, findClaims, type Outcome, recordOutcomes } from './inbox.js';
export { messagesClaimed } from './inbox-diagnostics.js';
export { CreateInbox1763700000001, inboxPrivileges } from './migration.js';
export { pruneInbox } from './prune-inbox.js';
