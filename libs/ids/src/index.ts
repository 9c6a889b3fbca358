export { newId, newTraceparent } from './ids.js';
