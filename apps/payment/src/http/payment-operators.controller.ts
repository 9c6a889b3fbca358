import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { orderId } from '#contracts';
import { Database } from '#database';
import { ProblemException } from '#http';
import { toAttribution, confirmationSchema, ForOperators } from '#operator-api';
import { ImpossibleTransitionError } from '../domain/payment.js';
import { GatewayQueue } from '../use-cases/gateway-queue.js';
import { GatewayDispatcher } from '../use-cases/gateway-worker.js';
import { releaseParkedOperations } from '../use-cases/release-operations.js';
import { retryFailedRefund } from '../use-cases/retry-refund.js';
import { throwPaymentNotFound } from './payment-problems.js';

type Confirmation = z.output<typeof confirmationSchema>;

/** What may be asked of the gateway again, but not by shoppers. The answers are known as payments change. */
@ForOperators()
@Controller('operator/payments')
export class PaymentOperatorsController {
  constructor(
    private readonly database: Database,
    private readonly queue: GatewayQueue,
    private readonly dispatcher: GatewayDispatcher,
  ) {}

  @Post(':orderId/refund/retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Asks for a refund again that the gateway has refused' })
  async retryRefund(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: confirmationSchema }) confirmation: Confirmation,
  ) {
    const attribution = toAttribution(confirmation);
    const result = await retryFailedRefund(this.database, this.queue, id, attribution).catch(
      throwNoFailedRefund,
    );
    if (result === 'unknown_payment') return throwPaymentNotFound();
    return {
      ...(!attribution && { dryRun: true }),
      action: 'retry refund',
      count: result === 'done' ? 1 : 0,
    };
  }

  @Post(':orderId/operations/release')
  @HttpCode(200)
  @ApiOperation({ summary: 'Asks the gateway again what was set aside, under the same key' })
  async releaseOperations(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: confirmationSchema }) confirmation: Confirmation,
  ) {
    const attribution = toAttribution(confirmation);
    const count = await releaseParkedOperations(this.database, id, attribution);
    if (count === 'unknown_payment') return throwPaymentNotFound();
    if (count === 0) return throwNothingParked();
    if (!attribution) return { dryRun: true, action: 'release operation', count };
    this.dispatcher.wake();
    return { action: 'release operation', count };
  }
}

function throwNothingParked(): never {
  throw new ProblemException({
    status: 409,
    type: 'nothing-parked',
    detail: 'No request to the gateway for this payment has been set aside, so there is none to make again.',
  });
}

function throwNoFailedRefund(error: unknown): never {
  if (!(error instanceof ImpossibleTransitionError)) throw error;
  throw new ProblemException({
    status: 409,
    type: 'no-failed-refund',
    detail: 'No refund of this payment has failed, so there is none to try again.',
    cause: error,
  });
}
