import 'reflect-metadata';
import { createLogger } from '#observability';
import { startService } from '#runtime';
import { startTracing } from '../../start-tracing.js';
import { about } from './about.js';
import { config } from './config.js';
import { InventoryModule } from './inventory.module.js';

const logger = createLogger({ service: 'inventory', level: config.logLevel });
const options = {
  service: 'inventory',
  config,
  logger,
  onShutdown: await startTracing('inventory', logger),
} as const;

await startService({
  ...options,
  module: InventoryModule.forRoot(options),
  ...about,
});
