import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { orderId } from '#contracts';
import { Database } from '#database';
import { ProblemException } from '#http';
import { toAttribution, confirmationSchema, ForOperators } from '#operator-api';
import { ImpossibleTransitionError } from '../domain/payment.js';
import { GatewayDispatcher } from '../use-cases/gateway-dispatcher.js';
import { releaseParkedOperations } from '../use-cases/release-operations.js';
import { retryFailedRefund } from '../use-cases/retry-refund.js';
import { throwPaymentNotFound } from './payment-problems.js';

type Confirmation = z.output<typeof confirmationSchema>;

/** Operators' actions on gateway operations. Each returns before the gateway responds; the payment shows the outcome. */
@ForOperators()
@Controller('operator/payments')
export class PaymentOperatorsController {
  constructor(
    private readonly database: Database,
    private readonly dispatcher: GatewayDispatcher,
  ) {}

  @Post(':orderId/refund/retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Retries a refund that the gateway refused' })
  async retryRefund(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: confirmationSchema }) confirmation: Confirmation,
  ) {
    const attribution = toAttribution(confirmation);
    const result = await retryFailedRefund(this.database, this.dispatcher, id, attribution).catch(
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
  @ApiOperation({ summary: 'Sends parked gateway operations again, under the same idempotency keys' })
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
    detail: 'No gateway operation of this payment is parked, so there is none to release.',
  });
}

function throwNoFailedRefund(error: unknown): never {
  if (!(error instanceof ImpossibleTransitionError)) throw error;
  throw new ProblemException({
    status: 409,
    type: 'no-failed-refund',
    detail: 'No refund of this payment failed, so there is none to retry.',
    cause: error,
  });
}
