export {
  claim,
  type Claim,
  findClaims,
  messagesClaimed,
  type Outcome,
  pruneInbox,
  recordOutcomes,
} from './inbox.js';
export { CreateInbox1763700000001, inboxPrivileges } from './migration.js';
