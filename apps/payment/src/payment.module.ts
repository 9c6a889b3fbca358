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
import { GatewayCircuit } from './use-cases/gateway-circuit.js';
import { GatewayDispatcher } from './use-cases/gateway-dispatcher.js';

export interface PaymentOptions extends RuntimeOptions {
  readonly config: RuntimeOptions['config'] & {
    readonly gatewayUrl: string;
    readonly gatewayTimeoutMs: number;
    readonly gatewayConcurrency: number;
    readonly gatewayCircuitFailuresMax: number;
    readonly gatewayCircuitOpenMs: number;
    readonly gatewayParkAfterMs: number;
    readonly gatewayKeyRetentionMs: number;
    readonly gatewayLookup: 'none' | 'old-keys' | 'always';
    readonly gatewayOperationRetentionHours: number;
  };
}

@Module({})
export class PaymentModule {
  static forRoot(options: PaymentOptions) {
    const { config, logger } = options;
    const { gatewayUrl, gatewayTimeoutMs: timeoutMs, gatewayConcurrency: concurrency } = config;
    const circuit = new GatewayCircuit(
      { failuresMax: config.gatewayCircuitFailuresMax, openMs: config.gatewayCircuitOpenMs },
      logger,
    );
    const dispatcherOptions = {
      concurrency,
      timeoutMs,
      parkAfterMs: config.gatewayParkAfterMs,
      keyRetentionMs: config.gatewayKeyRetentionMs,
      lookup: config.gatewayLookup,
      circuit,
    };
    return {
      module: PaymentModule,
      imports: [RuntimeModule.forRoot({ ...options, ...backgroundTasks(config, circuit) })],
      controllers: [PaymentsController, PaymentOperatorsController, OrderProcessingConsumer],
      providers: [
        {
          provide: PAYMENT_GATEWAY,
          useFactory: () => new HttpGateway({ url: gatewayUrl, timeoutMs, connectionsMax: concurrency }),
        },
        {
          provide: GatewayDispatcher,
          inject: [Database, Outbox, PAYMENT_GATEWAY],
          useFactory: (database: Database, outbox: Outbox, gateway: PaymentGateway) =>
            new GatewayDispatcher(database, outbox, gateway, logger, dispatcherOptions),
        },
      ],
    };
  }
}
