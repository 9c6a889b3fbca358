export { containsCardNumber } from './contains-card-number.js';
export { JsonRejected, type JsonRejection } from './json-rejected.js';
export { parseStrictJson, type JsonLimits } from './parse-strict-json.js';
