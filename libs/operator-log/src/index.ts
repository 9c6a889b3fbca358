export {
  type Act,
  listActs,
  type OperatorAct,
  type OperatorActDetails,
  recordActs,
  type RecordedAct,
  showAct,
} from './operator-log.js';
export { pruneOperatorActs } from './prune-operator-log.js';
export { CreateOperatorActs1763700000004, operatorActsRights } from './migration.js';
