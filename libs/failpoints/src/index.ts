export { enableFailpoint, hitFailpoint, type Failpoint, failpoints } from './failpoints.js';
