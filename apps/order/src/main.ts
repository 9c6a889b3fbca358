import 'reflect-metadata';
import { createLogger } from '#observability';
import { startService } from '#runtime';
import { startTracing } from '../../start-tracing.js';
import { about } from './about.js';
import { config } from './config.js';
import { OrderModule } from './order.module.js';

const logger = createLogger({ service: 'order', level: config.logLevel });
const options = {
  service: 'order',
  config,
  logger,
  onShutdown: await startTracing('order', logger),
} as const;

await startService({
  ...options,
  module: OrderModule.forRoot(options),
  ...about,
});
