export type { AlarmCheck } from './alarms.js';
export { Messaging, type RuntimeOptions } from './messaging.js';
export { provisionDatabase, type ProvisionOptions } from './provision-database.js';
export { RuntimeModule } from './runtime.module.js';
export { startService } from './start-service.js';
export type { Upkeep } from './upkeep.js';
export { type ServiceConfig, serviceVariables } from './variables.js';
