export { addDeadLetters } from './add-dead-letters.js';
export {
  type Changed,
  discardDeadLetters,
  reopenDeadLetters,
  replayDeadLetters,
  type ReplayProgress,
  replayProgress,
  type Selection,
  SelectionChanged,
  stopReplay,
} from './change-dead-letters.js';
export {
  countDeadLetters,
  type DeadLetterDetails,
  type DeadLetterGroup,
  type DeadLetterSummary,
  groupDeadLetters,
  listDeadLetters,
  showDeadLetter,
} from './dead-letters.js';
export { editDeadLetter, NotEditable } from './edit-dead-letter.js';
export type { DeadLetterFilter } from './filter.js';
export { deadLetterMigrations, deadLetterRights } from './migration.js';
export { countOpenDeadLetters } from './open-dead-letters.js';
export { pruneDeadLetters } from './prune-dead-letters.js';
export { Replayer, type ReplayerOptions } from './replayer.js';
export { type DeadLetterStatus, deadLetterStatuses } from './status.js';
