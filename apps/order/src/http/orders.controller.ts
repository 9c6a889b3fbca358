import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { customerId, linesMax, orderId, paymentToken, quantity, sku } from '#contracts';
import { Database } from '#database';
import { Correlation, IdempotencyKey, type RequestCorrelation } from '#http';
import { Outbox } from '#outbox';
import { findOrder, listOrders, type OrderView } from '../persistence/order-views.js';
import { cancelOrder } from '../use-cases/cancel-order.js';
import { OrderChanges } from '../use-cases/order-changes.js';
import { OrderIntake } from '../use-cases/order-intake.js';
import { OrderStreams } from '../use-cases/order-streams.js';
import { throwNotAccepted, throwOrderNotFound, throwStreamProblem } from './order-problems.js';

const orderSchema = z.strictObject({
  customerId: customerId.default('guest'),
  lines: z.array(z.strictObject({ sku, quantity })).min(1).max(linesMax),
  paymentToken,
});

const pageSchema = z.strictObject({
  status: z.enum(['pending', 'confirmed', 'completed', 'cancelling', 'cancelled']).optional(),
  after: orderId.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

@ApiTags('orders')
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly intake: OrderIntake,
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly changes: OrderChanges,
    private readonly streams: OrderStreams,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Places an order 下单: accepted at once, processed through the queues' })
  async place(
    @Body({ schema: orderSchema }) body: z.output<typeof orderSchema>,
    @IdempotencyKey() idempotencyKey: string,
    @Correlation() { correlationId, traceparent }: RequestCorrelation,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const result = await this.intake.place({ ...body, idempotencyKey, correlationId, traceparent });
    if (result.outcome !== 'accepted') return throwNotAccepted(result);
    const { order } = result;
    void reply.header('location', `/orders/${order.id}`);
    return { ...order, status: 'pending' };
  }

  @Get()
  @ApiOperation({ summary: 'Orders, the newest first; `next` is the cursor of the next page' })
  async list(@Query({ schema: pageSchema }) page: z.output<typeof pageSchema>) {
    const items = await listOrders(this.database, page);
    return { items, next: items.length === page.limit ? items.at(-1)?.id : null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'An order with its lines and the history of its transitions' })
  async show(@Param('id', { schema: orderId }) id: string): Promise<OrderView> {
    return (await findOrder(this.database, id)) ?? throwOrderNotFound();
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @ApiOperation({ summary: 'Cancels an order, a completed one too: it is then refunded and restocked' })
  async cancel(@Param('id', { schema: orderId }) id: string): Promise<OrderView> {
    await cancelOrder(this.database, this.outbox, this.changes, id);
    return this.show(id);
  }

  @Get(':id/events')
  @ApiOperation({
    summary: 'The steps of an order as server-sent events, until it ends; `Last-Event-ID` continues',
  })
  async watch(
    @Param('id', { schema: orderId }) id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stream =
      (await this.streams.open(id, parseVersion(lastEventId)).catch(throwStreamProblem)) ??
      throwOrderNotFound();
    // With 204 an EventSource that has seen the last step does not reconnect.
    if (stream === 'ended') return void reply.status(204).send();
    // Also ends the stream of a HEAD request, whose response has no body.
    reply.raw.once('close', () => stream.destroy());
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
    return void reply.header('cache-control', 'no-store').headers(headers).send(stream);
  }
}

/** The version that `Last-Event-ID` names; 0, the whole history, when it is no id of a step. */
function parseVersion(lastEventId = ''): number {
  return /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) : 0;
}
