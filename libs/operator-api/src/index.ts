export { actionAnswer } from './answers.js';
export { ForOperators } from './for-operators.js';
export {
  type Action,
  ActionScope,
  type Confirmation,
  type DeadLetterEdit,
  editAndReplay,
  hasCriteria,
  listConsumers,
  performAction,
  release,
  replay,
  republish,
  selectionActions,
  stopReplay,
} from './actions.js';
export { OperatorsModule, type OperatorsOptions } from './operators.module.js';
export { operatorProblems } from './operator-problems.js';
export { performRequest } from './perform-request.js';
export {
  confirmationBody,
  confirmationSchema,
  periodCriteria,
  selectionBody,
  toConfirmation,
} from './schemas.js';
