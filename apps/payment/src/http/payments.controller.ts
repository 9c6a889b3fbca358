import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Door } from '#access';
import { orderId } from '#contracts';
import { Database } from '#database';
import type { Payment } from '../domain/payment.js';
import { type OperationView, listOperations } from '../persistence/gateway-operations.js';
import { findPayment } from '../persistence/payments.js';
import { throwPaymentNotFound } from './payment-problems.js';

interface PaymentView extends Omit<Payment, 'token'> {
  /** In the order in which they were added. */
  readonly operations: readonly OperationView[];
}

@ApiTags('payments')
@Controller('payments')
export class PaymentsController {
  constructor(private readonly database: Database) {}

  @Get(':orderId')
  @Door('support')
  @ApiOperation({ summary: 'The payment of an order, and its gateway operations' })
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
