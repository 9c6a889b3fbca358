import 'reflect-metadata';
import { createLogger } from '#observability';
import { startService } from '#runtime';
import { config } from './config.js';
import { InventoryModule } from './inventory.module.js';

const options = {
  service: 'inventory',
  config,
  logger: createLogger({ service: 'inventory', level: config.logLevel }),
} as const;

await startService({
  ...options,
  module: InventoryModule.forRoot(options),
  title: 'Inventory 库存',
  description:
    'Holds the stock of what is ordered, deducts it when the order is confirmed, gives it back when it is not.',
});
