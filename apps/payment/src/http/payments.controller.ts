import { Controller, Get, Param } from '@nestjs/common';
import { Door } from '#access';
import { orderId } from '#contracts';
import { Database } from '#database';
import { Operation } from '#http';
import type { Payment } from '../domain/payment.js';
import { type OperationView, listOperations } from '../persistence/gateway-operations.js';
import { findPayment } from '../persistence/payments.js';
import { answers } from './payment-answers.js';
import { paymentProblems, throwPaymentNotFound } from './payment-problems.js';

interface PaymentView extends Omit<Payment, 'token'> {
  /** In the order in which they were added. */
  readonly operations: readonly OperationView[];
}

@Controller('payments')
export class PaymentsController {
  constructor(private readonly database: Database) {}

  @Get(':orderId')
  @Door('support')
  @Operation({
    id: 'readPayment',
    summary: 'The payment of an order, and its gateway operations',
    answers: { 200: answers.payment },
    problems: [paymentProblems.paymentNotFound],
  })
  async show(@Param('orderId', { schema: orderId }) id: string): Promise<PaymentView> {
    const [payment, operations] = await Promise.all([
      findPayment(this.database, id),
      listOperations(this.database, id),
    ]);
    if (!payment) return throwPaymentNotFound();
    const { token: _, ...shown } = payment;
    return { ...shown, operations };
  }
}
