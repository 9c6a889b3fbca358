import { Module } from '@nestjs/common';
import { Database } from '#database';
import { Outbox } from '#outbox';
import { Messaging, RuntimeModule, type RuntimeOptions } from '#runtime';
import { CustomerOperatorsController } from './http/customer-operators.controller.js';
import { OrdersController } from './http/orders.controller.js';
import { ProductsController } from './http/products.controller.js';
import { ProcessingResultsConsumer } from './messaging/processing-results.consumer.js';
import { backgroundTasks } from './background-tasks.js';
import { OrderCancellation } from './use-cases/cancel-order.js';
import { DeadlineWatch } from './use-cases/deadline-watch.js';
import { OrderChanges } from './use-cases/order-changes.js';
import { OrderIntake } from './use-cases/order-intake.js';
import { OrderLimits } from './use-cases/order-limits.js';
import { OrderStreams } from './use-cases/order-streams.js';

export interface OrderOptions extends RuntimeOptions {
  readonly config: RuntimeOptions['config'] & {
    readonly cancelWithinHours: number;
    readonly deadlineMs: number;
    readonly deadlineExtensionMaxMs: number;
    readonly idempotencyKeyRetentionHours: number;
    readonly declinesPerMinute: number;
    readonly ordersPerMinute: number;
    readonly streamsMax: number;
    readonly streamsPerCallerMax: number;
    readonly unitsPerMinute: number;
  };
}

@Module({})
export class OrderModule {
  static forRoot(options: OrderOptions) {
    return {
      module: OrderModule,
      imports: [RuntimeModule.forRoot({ ...options, ...backgroundTasks(options.config) })],
      controllers: [
        OrdersController,
        ProductsController,
        CustomerOperatorsController,
        ProcessingResultsConsumer,
      ],
      providers: [
        OrderChanges,
        { provide: OrderLimits, useValue: new OrderLimits(options.config) },
        {
          provide: OrderIntake,
          inject: [Database, Outbox],
          useFactory: (database: Database, outbox: Outbox) =>
            new OrderIntake(database, outbox, options.config),
        },
        {
          provide: OrderCancellation,
          inject: [Database, Outbox, OrderChanges],
          useFactory: (database: Database, outbox: Outbox, changes: OrderChanges) =>
            new OrderCancellation(database, outbox, changes, options.config.cancelWithinHours),
        },
        {
          provide: OrderStreams,
          inject: [Database, OrderChanges],
          useFactory: (database: Database, changes: OrderChanges) =>
            new OrderStreams(database, changes, {
              streamsMax: options.config.streamsMax,
              streamsPerCallerMax: options.config.streamsPerCallerMax,
              log: options.logger,
            }),
        },
        {
          provide: DeadlineWatch,
          inject: [Database, Outbox, OrderChanges, Messaging],
          useFactory: (database: Database, outbox: Outbox, changes: OrderChanges, { transport }: Messaging) =>
            new DeadlineWatch(database, outbox, changes, {
              ...options.config,
              unreadReason: async () => transport.backlog?.reason() ?? 'not subscribed',
              log: options.logger,
            }),
        },
      ],
    };
  }
}
