export type { AlarmCheck } from './monitoring/alarms.js';
export { Messaging, type RuntimeOptions } from './messaging.js';
export type { RegisterMetrics } from './monitoring/metrics.js';
export { explainDatabaseError } from './provisioning/explain-database.js';
export {
  provisionDatabase,
  type ProvisionOptions,
  provisionService,
} from './provisioning/provision-database.js';
export { assertPostgresVersion, assertServerVersion } from './provisioning/server-versions.js';
export { ProvisioningError } from './provisioning/provisioning-error.js';
export { loadProvisioningUrls, type ProvisioningUrls } from './provisioning/provisioning-urls.js';
export {
  type PruneTask,
  type Clock,
  RetentionJob,
  type RetentionJobOptions,
} from './retention/retention-job.js';
export { retentionHours, checkRetentions, retentionVariables } from './retention/retentions.js';
export { RuntimeModule } from './runtime.module.js';
export { startService } from './start-service.js';
export type { BackgroundTasks } from './background-tasks.js';
export { type ServiceConfig, serviceVariables } from './variables.js';
