export type { AlarmCheck } from './monitoring/alarms.js';
export { Messaging, type RuntimeOptions } from './messaging.js';
export type { CountMore } from './monitoring/metrics.js';
export { explainDatabase } from './provisioning/explain-database.js';
export {
  provisionDatabase,
  type ProvisionOptions,
  provisionService,
} from './provisioning/provision-database.js';
export { ProvisioningFailed } from './provisioning/provisioning-failed.js';
export { loadProvisioningUrls, type ProvisioningUrls } from './provisioning/provisioning-urls.js';
export { type Chore, type Clock, Housekeeper, type HousekeeperOptions } from './retention/housekeeper.js';
export { retentionHours, retentionsFit, retentionVariables } from './retention/retentions.js';
export { RuntimeModule } from './runtime.module.js';
export { startService } from './start-service.js';
export type { Upkeep } from './background-tasks.js';
export { type ServiceConfig, serviceVariables } from './variables.js';
