import 'reflect-metadata';
import { createLogger } from '#observability';
import { startService } from '#runtime';
import { startTracing } from '../../start-tracing.js';
import { about } from './about.js';
import { config } from './config.js';
import { PaymentModule } from './payment.module.js';

const logger = createLogger({ service: 'payment', level: config.logLevel });
const options = {
  service: 'payment',
  config,
  logger,
  onShutdown: await startTracing('payment', logger),
} as const;

await startService({
  ...options,
  module: PaymentModule.forRoot(options),
  ...about,
});
