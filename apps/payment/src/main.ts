import 'reflect-metadata';
import { createLogger } from '#observability';
import { startService } from '#runtime';
import { config } from './config.js';
import { PaymentModule } from './payment.module.js';

const options = {
  service: 'payment',
  config,
  logger: createLogger({ service: 'payment', level: config.logLevel }),
} as const;

await startService({
  ...options,
  module: PaymentModule.forRoot(options),
  title: 'Payment 支付',
  description: 'Authorizes, captures, voids and refunds what orders cost, through a payment gateway.',
});
