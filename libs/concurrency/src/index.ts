export { Pace } from './adaptive-delay.js';
export { Batcher, BatcherFull, type BatcherOptions } from './batcher.js';
export { settleBatch, type Settled } from './settle-batch.js';
export { Alarm } from './wakeable-sleep.js';
