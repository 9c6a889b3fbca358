import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { orderId } from '#contracts';
import { Database } from '#database';
import { ProblemException } from '#http';
import { ImpossibleTransition, type Payment } from '../domain/payment.js';
import { type OperationView, operationsOf, release } from '../persistence/gateway-operations.js';
import { findPayment } from '../persistence/payments.js';
import { GatewayQueue } from '../use-cases/gateway-queue.js';
import { GatewayWorker } from '../use-cases/gateway-worker.js';
import { retryRefundOf } from '../use-cases/retry-refund.js';

interface PaymentView extends Omit<Payment, 'token'> {
  /** What the gateway was asked, in order. */
  readonly operations: readonly OperationView[];
}

@ApiTags('payments')
@Controller('payments')
export class PaymentsController {
  constructor(
    private readonly database: Database,
    private readonly queue: GatewayQueue,
    private readonly worker: GatewayWorker,
  ) {}

  @Get(':orderId')
  @ApiOperation({ summary: 'The payment of an order, and what the gateway was asked for it' })
  async show(@Param('orderId', { schema: orderId }) id: string): Promise<PaymentView> {
    const [payment, operations] = await Promise.all([
      findPayment(this.database, id),
      operationsOf(this.database, id),
    ]);
    if (!payment) return notFound();
    const { token: _, ...shown } = payment;
    return { ...shown, operations };
  }

  @Post(':orderId/refund/retry')
  @HttpCode(202)
  @ApiOperation({ summary: 'For operators: asks for a refund again that the gateway has refused' })
  async retryRefund(@Param('orderId', { schema: orderId }) id: string): Promise<PaymentView> {
    const retried = await retryRefundOf(this.database, this.queue, id).catch(notRefundable);
    if (retried === 'unknown_payment') return notFound();
    return this.show(id);
  }

  @Post(':orderId/operations/release')
  @HttpCode(202)
  @ApiOperation({ summary: 'For operators: asks the gateway again what was set aside, under the same key' })
  async releaseOperations(@Param('orderId', { schema: orderId }) id: string): Promise<PaymentView> {
    const payment = await this.show(id);
    if ((await release(this.database, payment.orderId)) === 0) return nothingSetAside();
    this.worker.wake();
    return this.show(id);
  }
}

function notFound(): never {
  throw new ProblemException({
    status: 404,
    type: 'payment-not-found',
    detail: 'There is no payment for this order, or not yet: payments follow orders through the queue.',
  });
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
