import { Module } from '@nestjs/common';
import { Database } from '#database';
import { Outbox } from '#outbox';
import { RuntimeModule, type RuntimeOptions } from '#runtime';
import { HttpGateway } from './gateways/http-gateway.js';
import { PAYMENT_GATEWAY, type PaymentGateway } from './gateways/payment-gateway.js';
import { PaymentsController } from './http/payments.controller.js';
import { OrderProcessingConsumer } from './messaging/order-processing.consumer.js';
import { upkeep } from './upkeep.js';
import { GatewayWorker } from './use-cases/gateway-worker.js';

export interface PaymentOptions extends RuntimeOptions {
  readonly config: RuntimeOptions['config'] & {
    readonly gatewayUrl: string;
    readonly gatewayTimeoutMs: number;
    readonly gatewayConcurrency: number;
    readonly gatewayOperationRetentionHours: number;
  };
}

@Module({})
export class PaymentModule {
  static forRoot(options: PaymentOptions) {
    const { gatewayUrl, gatewayTimeoutMs, gatewayConcurrency, batchSizeMax } = options.config;
    return {
      module: PaymentModule,
      imports: [RuntimeModule.forRoot({ ...options, ...upkeep(options.config) })],
      controllers: [PaymentsController, OrderProcessingConsumer],
      providers: [
        {
          provide: PAYMENT_GATEWAY,
          useFactory: () =>
            new HttpGateway({
              url: gatewayUrl,
              timeoutMs: gatewayTimeoutMs,
              connectionsMax: gatewayConcurrency,
            }),
        },
        {
          provide: GatewayWorker,
          inject: [Database, Outbox, PAYMENT_GATEWAY],
          useFactory: (database: Database, outbox: Outbox, gateway: PaymentGateway) =>
            new GatewayWorker(database, outbox, gateway, options.logger, {
              concurrency: gatewayConcurrency,
              timeoutMs: gatewayTimeoutMs,
              batchSizeMax,
            }),
        },
      ],
    };
  }
}
