import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { orderId } from '#contracts';
import { Database } from '#database';
import { ProblemException } from '#http';
import { actOf, consentSchema, ForOperators } from '#operator-api';
import { ImpossibleTransition } from '../domain/payment.js';
import { GatewayQueue } from '../use-cases/gateway-queue.js';
import { GatewayWorker } from '../use-cases/gateway-worker.js';
import { releaseOperationsOf } from '../use-cases/release-operations.js';
import { retryRefundOf } from '../use-cases/retry-refund.js';
import { notFound } from './payment-problems.js';

type Consent = z.output<typeof consentSchema>;

/** What may be asked of the gateway again, but not by shoppers. The answers are known as payments change. */
@ForOperators()
@Controller('operator/payments')
export class PaymentOperatorsController {
  constructor(
    private readonly database: Database,
    private readonly queue: GatewayQueue,
    private readonly worker: GatewayWorker,
  ) {}

  @Post(':orderId/refund/retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Asks for a refund again that the gateway has refused' })
  async retryRefund(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: consentSchema }) consent: Consent,
  ) {
    const by = actOf(consent);
    const retried = await retryRefundOf(this.database, this.queue, id, by).catch(notRefundable);
    if (retried === 'unknown_payment') return notFound();
    return { ...(!by && { dryRun: true }), act: 'retry refund', count: retried === 'done' ? 1 : 0 };
  }

  @Post(':orderId/operations/release')
  @HttpCode(200)
  @ApiOperation({ summary: 'Asks the gateway again what was set aside, under the same key' })
  async releaseOperations(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: consentSchema }) consent: Consent,
  ) {
    const by = actOf(consent);
    const count = await releaseOperationsOf(this.database, id, by);
    if (count === 'unknown_payment') return notFound();
    if (count === 0) return nothingSetAside();
    if (!by) return { dryRun: true, act: 'release operation', count };
    this.worker.wake();
    return { act: 'release operation', count };
  }
}

function nothingSetAside(): never {
  throw new ProblemException({
    status: 409,
    type: 'nothing-set-aside',
    detail: 'No request to the gateway for this payment has been set aside, so there is none to make again.',
  });
}

function notRefundable(error: unknown): never {
  if (!(error instanceof ImpossibleTransition)) throw error;
  throw new ProblemException({
    status: 409,
    type: 'no-refund-failed',
    detail: 'No refund of this payment has failed, so there is none to try again.',
    cause: error,
  });
}
