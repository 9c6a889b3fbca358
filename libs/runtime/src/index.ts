export { Messaging, type RuntimeOptions } from './messaging.js';
export { provisionDatabase, type ProvisionOptions } from './provision-database.js';
export { RuntimeModule, type RuntimeModuleOptions } from './runtime.module.js';
export { startService } from './start-service.js';
export { type ServiceConfig, serviceVariables } from './variables.js';
