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
  type DeadLetterDetails,
  type DeadLetterGroup,
  type DeadLetterSummary,
  groupDeadLetters,
  listDeadLetters,
  findDeadLetter,
} from './dead-letters.js';
export { editDeadLetter, NotEditableError } from './edit-dead-letter.js';
export type { DeadLetterFilter } from './filter.js';
export { deadLetterMigrations, deadLetterPrivileges } from './migration.js';
export { countOpenDeadLetters } from './open-dead-letters.js';
export { pruneDeadLetters } from './prune-dead-letters.js';
export { Replayer, type ReplayerOptions } from './replayer.js';
export { type DeadLetterStatus, deadLetterStatuses } from './status.js';
