export { findCardNumber } from './find-card-number.js';
export { JsonRejectedError, type JsonRejectionReason } from './json-rejected.js';
export { parseStrictJson, type JsonLimits } from './parse-strict-json.js';
