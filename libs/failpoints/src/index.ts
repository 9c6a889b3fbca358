export { armCrashPoint, crashPoint, type CrashPoint, crashPoints } from './failpoints.js';
