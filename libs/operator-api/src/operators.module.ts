import { type DynamicModule, Module } from '@nestjs/common';
import type { Service } from '#contracts';
import { OperatorAccess } from './access.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { OutboxController } from './outbox.controller.js';
import { Owner } from './owner.js';
import { RecordsController } from './records.controller.js';
import { ReplaysController } from './replays.controller.js';

export interface OperatorsOptions {
  readonly service: Service;
  /** What an operator must show. Without one the interface is off. */
  readonly token: string | undefined;
}

/**
 * The REST interface for operators, under `/operator`: the verbs of `npm run ops` for the service whose it is. A service
 * may add controllers of its own that are {@link ForOperators}. Needs a global `Database`.
 */
@Module({})
export class OperatorsModule {
  static forRoot({ service, token }: OperatorsOptions): DynamicModule {
    const variable = `${service.toUpperCase()}_OPERATOR_TOKEN`;
    return {
      module: OperatorsModule,
      global: true,
      controllers: [DeadLettersController, ReplaysController, OutboxController, RecordsController],
      providers: [
        { provide: OperatorAccess, useValue: new OperatorAccess(token, variable) },
        { provide: Owner, useValue: new Owner(service) },
      ],
      exports: [OperatorAccess],
    };
  }
}
