export { armCrashPoint, crashPoint, type CrashPoint, crashPoints } from './crash-points.js';
