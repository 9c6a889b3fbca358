export { AdaptiveDelay } from './adaptive-delay.js';
export { BackgroundLoop, type BackgroundLoopOptions } from './background-loop.js';
export { Batcher, BatcherFullError, type BatcherOptions } from './batcher.js';
export { ReadWriteLock } from './read-write-lock.js';
export { EveryItemFailedError, settleBatch, type SettleBatchOptions, type Settled } from './settle-batch.js';
export { WakeableSleep } from './wakeable-sleep.js';
