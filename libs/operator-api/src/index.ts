export { ForOperators } from './access.js';
export {
  consumersOf,
  deadLetterVerbs,
  type DeadLetterVerb,
  edit,
  isNarrow,
  replay,
  select,
} from './dead-letter-actions.js';
export { OperatorsModule, type OperatorsOptions } from './operators.module.js';
export { releaseEvent, republish, REPUBLISHED_MAX } from './outbox-actions.js';
export { actOf, consentSchema } from './schemas.js';
