import { Body, Controller, Post } from '@nestjs/common';
import { z } from 'zod';
import { type Caller, CurrentCaller } from '#access';
import { customerId } from '#contracts';
import { Database } from '#database';
import { httpProblems, Operation, ProblemException } from '#http';
import {
  actionAnswer,
  ActionScope,
  confirmationBody,
  ForOperators,
  operatorProblems,
  performRequest,
  toConfirmation,
} from '#operator-api';
import { Outbox } from '#outbox';
import { eraseCustomer, OrdersOpenError } from '../use-cases/erase-customer.js';
import { orderProblems } from './order-problems.js';

const erasureSchema = confirmationBody({ customerId });
const rows = z.int().min(0);
const erasureAnswer = actionAnswer({
  tables: z.strictObject({
    orders: rows,
    idempotencyKeys: rows,
    outboxEvents: rows,
    open: rows.describe('Orders that have not ended'),
  }),
});

/** Erases customers. The id is in the body, because logs and proxies record paths. */
@ForOperators()
@Controller('operator/customers')
export class CustomerOperatorsController {
  private readonly scope: ActionScope;

  constructor(
    database: Database,
    private readonly outbox: Outbox,
  ) {
    this.scope = new ActionScope('order', database);
  }

  @Post('erase')
  @Operation({
    id: 'eraseCustomer',
    summary: 'Replaces a customer by a random pseudonym, in every service',
    answers: { 200: erasureAnswer },
    problems: [operatorProblems.selectionChanged, orderProblems.ordersOpen],
  })
  async erase(
    @Body({ schema: erasureSchema }) body: z.output<typeof erasureSchema>,
    @CurrentCaller() caller: Caller,
  ) {
    const { customerId: id, reason } = body;
    if (reason?.includes(id)) throwReasonNamesCustomer();
    try {
      return await performRequest(this.scope, eraseCustomer(this.outbox), id, toConfirmation(body, caller));
    } catch (error) {
      return throwOrdersOpen(error);
    }
  }
}

function throwReasonNamesCustomer(): never {
  const detail = 'must not contain the id of the customer: the operator log keeps the reason';
  throw new ProblemException({
    type: httpProblems.invalidBody,
    detail: `reason ${detail}`,
    errors: [{ pointer: '#/reason', detail }],
  });
}

function throwOrdersOpen(error: unknown): never {
  if (!(error instanceof OrdersOpenError)) throw error;
  throw new ProblemException({
    type: orderProblems.ordersOpen,
    detail: `${error.message}. Nothing was changed.`,
    extensions: { open: error.open },
    cause: error,
  });
}
