import { type DynamicModule, Module } from '@nestjs/common';
import type { Service } from '#contracts';
import { Database } from '#database';
import { OperatorAccess } from './access.js';
import { ActionScope } from './actions.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { OutboxController } from './outbox.controller.js';
import { RecordsController } from './records.controller.js';
import { ReplaysController } from './replays.controller.js';

/** The options of {@link OperatorsModule}. */
export interface OperatorsOptions {
  /** The service whose tables the interface reads and changes. Required. */
  readonly service: Service;
  /** The bearer token that every request must carry. Required; undefined turns the interface off. */
  readonly token: string | undefined;
}

/**
 * The REST interface for operators, under `/operator`: the actions of `npm run ops` on the tables of one service. A service
 * may add controllers with {@link ForOperators}. Needs a global provider of `Database`.
 */
@Module({})
export class OperatorsModule {
  /** The module for one service. The token comes from `<SERVICE>_OPERATOR_TOKEN`. */
  static forRoot({ service, token }: OperatorsOptions): DynamicModule {
    const variable = `${service.toUpperCase()}_OPERATOR_TOKEN`;
    const createScope = (database: Database): ActionScope => new ActionScope(service, database);
    return {
      module: OperatorsModule,
      global: true,
      controllers: [DeadLettersController, ReplaysController, OutboxController, RecordsController],
      providers: [
        { provide: OperatorAccess, useValue: new OperatorAccess(token, variable) },
        { provide: ActionScope, inject: [Database], useFactory: createScope },
      ],
      exports: [OperatorAccess],
    };
  }
}
