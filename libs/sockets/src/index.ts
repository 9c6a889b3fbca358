export { gatheringSocket, gatherWrites } from './gather-writes.js';
