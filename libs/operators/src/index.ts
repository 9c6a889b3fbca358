export { ForOperators } from './access.js';
export {
  consumersOf,
  deadLetterVerbs,
  type DeadLetterVerb,
  edit,
  isNarrow,
  replay,
  select,
} from './dead-letter-verbs.js';
export { OperatorsModule, type OperatorsOptions } from './operators.module.js';
export { releaseEvent, republish, REPUBLISHED_MAX } from './outbox-acts.js';
export { actOf, consentSchema } from './schemas.js';
