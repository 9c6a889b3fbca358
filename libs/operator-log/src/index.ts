export { CreateOperatorLog1763700000004, operatorLogPrivileges } from './migration.js';
export {
  type Attribution,
  findAction,
  listActions,
  type NewOperatorAction,
  type OperatorAction,
  type OperatorActionDetails,
  recordActions,
} from './operator-log.js';
export { pruneOperatorLog } from './prune-operator-log.js';
