export { ForOperators } from './access.js';
export {
  listConsumers,
  deadLetterActions,
  type DeadLetterAction,
  edit,
  hasCriteria,
  replay,
  resolveSelection,
} from './dead-letter-actions.js';
export { OperatorsModule, type OperatorsOptions } from './operators.module.js';
export { releaseEvent, republish, REPUBLISH_MAX } from './outbox-actions.js';
export { toAttribution, confirmationSchema } from './schemas.js';
