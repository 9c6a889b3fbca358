export { type Chore, type Clock, Housekeeper, type HousekeeperOptions } from './housekeeper.js';
export { retentionHours, retentionsFit, retentionVariables } from './retentions.js';
