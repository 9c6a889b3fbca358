import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { type Caller, CurrentCaller } from '#access';
import { customerId } from '#contracts';
import { Database } from '#database';
import { ProblemException } from '#http';
import { ActionScope, confirmationBody, ForOperators, performRequest, toConfirmation } from '#operator-api';
import { Outbox } from '#outbox';
import { eraseCustomer, OrdersOpenError } from '../use-cases/erase-customer.js';

const erasureSchema = confirmationBody({ customerId });

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
  @HttpCode(200)
  @ApiOperation({ summary: 'Replaces a customer by a random pseudonym, in every service' })
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
    status: 422,
    type: 'invalid-body',
    detail: `reason ${detail}`,
    errors: [{ pointer: '#/reason', detail }],
  });
}

function throwOrdersOpen(error: unknown): never {
  if (!(error instanceof OrdersOpenError)) throw error;
  throw new ProblemException({
    status: 409,
    type: 'orders-open',
    title: 'The customer has orders that have not ended',
    detail: `${error.message}. Nothing was changed.`,
    extensions: { open: error.open },
    cause: error,
  });
}
