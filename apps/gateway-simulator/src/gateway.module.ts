import { Module, type DynamicModule } from '@nestjs/common';
import { HealthController } from '#http';
import type { GatewayConfig } from './config.js';
import { LedgerController } from './http/ledger.controller.js';
import { ModesController } from './http/modes.controller.js';
import { OperationsController } from './http/operations.controller.js';
import { LedgerFile } from './persistence/ledger-file.js';
import { Gateway } from './use-cases/gateway.js';

/** A payment gateway with its own ledger, as the payment service provider of the shop. */
@Module({})
export class GatewayModule {
  static forRoot({
    keysMax,
    ledgerFile,
    keyRetentionMs,
  }: Pick<GatewayConfig, 'keysMax' | 'ledgerFile'> & Partial<GatewayConfig>): DynamicModule {
    const file = ledgerFile === undefined ? undefined : LedgerFile.open(ledgerFile);
    return {
      module: GatewayModule,
      controllers: [OperationsController, LedgerController, ModesController, HealthController],
      providers: [{ provide: Gateway, useValue: new Gateway(keysMax, file, keyRetentionMs) }],
    };
  }
}
