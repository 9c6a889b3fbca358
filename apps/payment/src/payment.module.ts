import { Module } from '@nestjs/common';
import { Database } from '#database';
import { Outbox } from '#outbox';
import { RuntimeModule, type RuntimeOptions } from '#runtime';
import { HttpGateway } from './gateways/http-gateway.js';
import { PAYMENT_GATEWAY, type PaymentGateway } from './gateways/payment-gateway.js';
import { PaymentOperatorsController } from './http/payment-operators.controller.js';
import { PaymentsController } from './http/payments.controller.js';
import { OrderProcessingConsumer } from './messaging/order-processing.consumer.js';
import { backgroundTasks } from './background-tasks.js';
import { GatewayQueue } from './use-cases/gateway-queue.js';
import { GatewayDispatcher } from './use-cases/gateway-worker.js';

export interface PaymentOptions extends RuntimeOptions {
  readonly config: RuntimeOptions['config'] & {
    readonly gatewayUrl: string;
    readonly gatewayTimeoutMs: number;
    readonly gatewayConcurrency: number;
    readonly gatewayOperationRetentionHours: number;
  };
}

/** As many as the bench has orders under way: at full load none needs to be looked for in the database. */
const QUEUE_SIZE_MAX = 512;

@Module({})
export class PaymentModule {
  static forRoot(options: PaymentOptions) {
    const { gatewayUrl, gatewayTimeoutMs: timeoutMs, gatewayConcurrency: concurrency } = options.config;
    return {
      module: PaymentModule,
      imports: [RuntimeModule.forRoot({ ...options, ...backgroundTasks(options.config) })],
      controllers: [PaymentsController, PaymentOperatorsController, OrderProcessingConsumer],
      providers: [
        {
          provide: GatewayQueue,
          useFactory: () => new GatewayQueue({ concurrency, queueSizeMax: QUEUE_SIZE_MAX, timeoutMs }),
        },
        {
          provide: PAYMENT_GATEWAY,
          useFactory: () => new HttpGateway({ url: gatewayUrl, timeoutMs, connectionsMax: concurrency }),
        },
        {
          provide: GatewayDispatcher,
          inject: [Database, Outbox, GatewayQueue, PAYMENT_GATEWAY],
          useFactory: (database: Database, outbox: Outbox, queue: GatewayQueue, gateway: PaymentGateway) =>
            new GatewayDispatcher(database, outbox, queue, gateway, options.logger),
        },
      ],
    };
  }
}
