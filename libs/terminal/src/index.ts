export { type Column, displayWidth, pad, sparkline, tableLines, truncate, wrap } from './layout.js';
