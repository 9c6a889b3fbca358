import { Body, Controller, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { type Caller, CurrentCaller } from '#access';
import { orderId } from '#contracts';
import { Database } from '#database';
import { Operation, ProblemException } from '#http';
import {
  ActionScope,
  confirmationSchema,
  ForOperators,
  operatorProblems,
  performRequest,
  toConfirmation,
} from '#operator-api';
import { Outbox } from '#outbox';
import { ImpossibleTransitionError, retryRefund } from '../domain/payment.js';
import { SettlementRefusedError } from '../domain/settle-outside.js';
import { findPayment } from '../persistence/payments.js';
import { GatewayDispatcher } from '../use-cases/gateway-dispatcher.js';
import { releaseOperations, retryRefunds } from '../use-cases/payment-actions.js';
import { operationSelectionSchema, refundSelectionSchema, settlementSchema } from './operator-schemas.js';
import { type PaymentSettlement, settlePayment } from '../use-cases/settle-payment.js';
import { answers } from './payment-answers.js';
import { paymentProblems, throwPaymentNotFound } from './payment-problems.js';

type ConfirmationBody = z.output<typeof confirmationSchema>;

/** Operators' actions on gateway operations. Each returns before the gateway responds; the payment shows the outcome. */
@ForOperators()
@Controller('operator/payments')
export class PaymentOperatorsController {
  private readonly scope: ActionScope;

  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly dispatcher: GatewayDispatcher,
  ) {
    this.scope = new ActionScope('payment', database);
  }

  @Post('refund/retry')
  @Operation({
    id: 'retryRefunds',
    summary: 'Retries a selection of refunds that the gateway refused',
    answers: { 200: answers.selection },
    problems: [operatorProblems.selectionChanged],
  })
  retryRefunds(
    @Body({ schema: refundSelectionSchema }) body: z.output<typeof refundSelectionSchema>,
    @CurrentCaller() caller: Caller,
  ) {
    return performRequest(this.scope, retryRefunds(this.dispatcher), body, toConfirmation(body, caller));
  }

  @Post('operations/release')
  @Operation({
    id: 'releaseOperations',
    summary: 'Sends a selection of parked gateway operations again, under the same keys',
    answers: { 200: answers.selection },
    problems: [operatorProblems.selectionChanged],
  })
  async releaseOperations(
    @Body({ schema: operationSelectionSchema }) body: z.output<typeof operationSelectionSchema>,
    @CurrentCaller() caller: Caller,
  ) {
    const result = await performRequest(this.scope, releaseOperations, body, toConfirmation(body, caller));
    this.dispatcher.wake();
    return result;
  }

  @Post(':orderId/refund/retry')
  @Operation({
    id: 'retryRefund',
    summary: 'Retries a refund that the gateway refused',
    answers: { 200: answers.repeatableSelection },
    problems: [
      operatorProblems.selectionChanged,
      paymentProblems.paymentNotFound,
      paymentProblems.noFailedRefund,
    ],
  })
  async retryRefund(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: confirmationSchema }) body: ConfirmationBody,
    @CurrentCaller() caller: Caller,
  ) {
    const nothingToDo = { action: 'retry refund', count: 0 } as const;
    if (await this.isRefundRequested(id)) return nothingToDo;
    const confirmation = toConfirmation(body, caller);
    try {
      return await performRequest(
        this.scope,
        retryRefunds(this.dispatcher),
        { orderIds: [id] },
        confirmation,
      );
    } catch (error) {
      // A concurrent request has retried the refund in between.
      if (await this.isRefundRequested(id)) return nothingToDo;
      throw error;
    }
  }

  @Post(':orderId/operations/release')
  @Operation({
    id: 'releaseOperation',
    summary: 'Sends the parked gateway operation of a payment again, under the same key',
    answers: { 200: answers.selection },
    problems: [
      operatorProblems.selectionChanged,
      paymentProblems.paymentNotFound,
      paymentProblems.nothingParked,
    ],
  })
  async releaseOperation(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: confirmationSchema }) body: ConfirmationBody,
    @CurrentCaller() caller: Caller,
  ) {
    if (!(await findPayment(this.database, id))) throwPaymentNotFound();
    const selection = { orderIds: [id] };
    if ((await releaseOperations.preview(this.scope, selection)).count === 0) throwNothingParked();
    const result = await performRequest(
      this.scope,
      releaseOperations,
      selection,
      toConfirmation(body, caller),
    );
    this.dispatcher.wake();
    return result;
  }

  @Post(':orderId/settle')
  @Operation({
    id: 'settlePayment',
    summary: 'Records an operation that was executed or refused outside',
    answers: { 200: answers.settlement },
    problems: [
      operatorProblems.selectionChanged,
      paymentProblems.paymentNotFound,
      paymentProblems.settlementRefused,
    ],
  })
  async settle(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: settlementSchema }) body: z.output<typeof settlementSchema>,
    @CurrentCaller() caller: Caller,
  ) {
    if (!(await findPayment(this.database, id))) throwPaymentNotFound();
    const { operation, reference, refusal } = body;
    const settlement = { orderId: id, operation, reference, refusal } as PaymentSettlement; // the schema admits one of both
    const action = settlePayment(this.outbox, this.dispatcher);
    try {
      const preview = await action.preview(this.scope, settlement);
      if (preview.count === 0) return { action: action.name, count: 0 } as const;
      return await performRequest(this.scope, action, settlement, toConfirmation(body, caller));
    } catch (error) {
      return throwSettlementRefused(error);
    }
  }

  /** Whether a refund is pending or completed; false when the last one failed. @throws ProblemException when there is none */
  private async isRefundRequested(id: string): Promise<boolean> {
    const payment = (await findPayment(this.database, id)) ?? throwPaymentNotFound();
    try {
      return retryRefund(payment).outcome === 'already';
    } catch (error) {
      return throwNoFailedRefund(error);
    }
  }
}

function throwSettlementRefused(error: unknown): never {
  if (!(error instanceof SettlementRefusedError)) throw error;
  throw new ProblemException({
    type: paymentProblems.settlementRefused,
    detail: `The ${error.message}. Nothing was changed.`,
    cause: error,
  });
}

function throwNothingParked(): never {
  throw new ProblemException({
    type: paymentProblems.nothingParked,
    detail: 'No gateway operation of this payment is parked, so there is none to release.',
  });
}

function throwNoFailedRefund(error: unknown): never {
  if (!(error instanceof ImpossibleTransitionError)) throw error;
  throw new ProblemException({
    type: paymentProblems.noFailedRefund,
    detail: 'No refund of this payment failed, so there is none to retry.',
    cause: error,
  });
}
