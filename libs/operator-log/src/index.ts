export {
  type Attribution,
  listActions,
  type OperatorAction,
  type OperatorActionDetails,
  recordActions,
  type NewOperatorAction,
  findAction,
} from './operator-log.js';
export { pruneOperatorLog } from './prune-operator-log.js';
export { CreateOperatorLog1763700000004, operatorLogPrivileges } from './migration.js';
