import { acknowledgement } from './acknowledgement/lesson.js';
import { deadLetters } from './dead-letters/lesson.js';
import { duplicates } from './duplicates/lesson.js';
import { flowControl } from './flow-control/lesson.js';
import { forgedMessage } from './forged-message/lesson.js';
import { idempotency } from './idempotency/lesson.js';
import type { AnyLesson } from './lesson.js';
import { lostMessage } from './lost-message/lesson.js';
import { oneQueueOrExchange } from './one-queue-or-exchange/lesson.js';
import { ordering } from './ordering/lesson.js';
import { overselling } from './overselling/lesson.js';
import { retry } from './retry/lesson.js';
import { schemas } from './schemas/lesson.js';
import { syncOrAsync } from './sync-or-async/lesson.js';

/** The lessons, by number. Numbers without a lesson are not written yet. */
export const lessons: readonly AnyLesson[] = [
  syncOrAsync,
  oneQueueOrExchange,
  lostMessage,
  acknowledgement,
  duplicates,
  idempotency,
  ordering,
  retry,
  deadLetters,
  overselling,
  flowControl,
  schemas,
  forgedMessage,
];
