export { type Act, listActs, type OperatorAct, recordActs, type RecordedAct } from './operator-acts.js';
export { pruneOperatorActs } from './prune-operator-acts.js';
export { CreateOperatorActs1763700000004 } from './migration.js';
