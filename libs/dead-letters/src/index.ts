export { addDeadLetters } from './add-dead-letters.js';
export {
  type ActionResult,
  discardDeadLetters,
  reopenDeadLetters,
  replayDeadLetters,
  type ReplayProgress,
  replayProgress,
  type Selection,
  SelectionChangedError,
  stopReplay,
} from './change-dead-letters.js';
export {
  countDeadLetters,
  countOpenDeadLetters,
  type DeadLetterDetails,
  type DeadLetterGroup,
  type DeadLetterSummary,
  groupDeadLetters,
  listDeadLetters,
  findDeadLetter,
} from './dead-letters.js';
export { editDeadLetter, NotEditableError } from './edit-dead-letter.js';
export { eraseOrders, type Erasure, lockDeadLetters } from './erase-orders.js';
export { type DeadLetterFilter, type DeadLetterStatus, deadLetterStatuses } from './filter.js';
export { deadLetterMigrations, deadLetterPrivileges } from './migration.js';
export { pruneDeadLetters } from './prune-dead-letters.js';
export { Replayer, type ReplayerOptions } from './replayer.js';
