export {
  addDeadLetters,
  type DeadLetterDetails,
  type DeadLetterStatus,
  type DeadLetterSummary,
  listDeadLetters,
  showDeadLetter,
} from './dead-letters.js';
export { CreateDeadLetters1763700000003 } from './migration.js';
