import { type DynamicModule, Module } from '@nestjs/common';
import type { Service } from '#contracts';
import { Database } from '#database';
import { ActionScope } from './actions.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { OutboxController } from './outbox.controller.js';
import { RecordsController } from './records.controller.js';
import { ReplaysController } from './replays.controller.js';

/** The options of {@link OperatorsModule}. */
export interface OperatorsOptions {
  /** The service whose tables the interface reads and changes. Required. */
  readonly service: Service;
}

/**
 * The REST interface for operators, under `/operator`: the actions of `npm run ops` on the tables of one service, for
 * callers with the scope `operator`. A service may add controllers with {@link ForOperators}. Needs a global provider of
 * `Database`.
 */
@Module({})
export class OperatorsModule {
  /** The module for one service. */
  static forRoot({ service }: OperatorsOptions): DynamicModule {
    const createScope = (database: Database): ActionScope => new ActionScope(service, database);
    return {
      module: OperatorsModule,
      global: true,
      controllers: [DeadLettersController, ReplaysController, OutboxController, RecordsController],
      providers: [{ provide: ActionScope, inject: [Database], useFactory: createScope }],
    };
  }
}
