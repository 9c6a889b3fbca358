import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type Caller, CurrentCaller, Door } from '#access';
import { linesMax, orderId, paymentToken, quantity, sku } from '#contracts';
import { Database } from '#database';
import {
  answer,
  BodyLimit,
  Correlation,
  emptyAnswer,
  httpProblems,
  IdempotencyKey,
  Operation,
  type RequestCorrelation,
  streamAnswer,
  toPage,
} from '#http';
import { findOrder, listOrders, type OrderView } from '../persistence/order-views.js';
import { orderStatuses } from '../domain/order-table.js';
import type { Viewer } from '../domain/viewer.js';
import { OrderCancellation } from '../use-cases/cancel-order.js';
import { OrderIntake } from '../use-cases/order-intake.js';
import { OrderLimits } from '../use-cases/order-limits.js';
import { OrderStreams } from '../use-cases/order-streams.js';
import { acceptedOrder, examples, order, orderPage } from './order-answers.js';
import {
  orderProblems,
  throwNotAccepted,
  throwOrderNotFound,
  throwStreamProblem,
  throwTooManyOrders,
  throwWindowOver,
} from './order-problems.js';

const orderSchema = z.strictObject({
  lines: z.array(z.strictObject({ sku, quantity })).min(1).max(linesMax),
  paymentToken,
});

const pageSchema = z.strictObject({
  status: z.enum(orderStatuses).optional(),
  after: orderId.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly intake: OrderIntake,
    private readonly database: Database,
    private readonly cancellation: OrderCancellation,
    private readonly streams: OrderStreams,
    private readonly limits: OrderLimits,
  ) {}

  @Post()
  @Door('shop')
  @BodyLimit(16 * 1_024)
  @Operation({
    id: 'placeOrder',
    summary: 'Places an order 下单: accepted at once, processed through the queues',
    answers: {
      202: answer(acceptedOrder, {
        description: 'The order is stored, now or by an earlier request with the key.',
        headers: ['Location'],
        example: examples.accepted,
      }),
    },
    problems: [
      httpProblems.keyReused,
      httpProblems.keyInFlight,
      orderProblems.unknownSku,
      orderProblems.mixedCurrencies,
      orderProblems.totalOutOfRange,
      orderProblems.outboxFull,
    ],
  })
  async place(
    @Body({ schema: orderSchema }) body: z.output<typeof orderSchema>,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentCaller() { sub: customerId }: Caller,
    @Correlation() cause: RequestCorrelation,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const units = body.lines.reduce((sum, line) => sum + line.quantity, 0);
    const waitMs = this.limits.take(customerId, units);
    if (waitMs > 0) throwTooManyOrders(waitMs);
    const result = await this.intake.place({
      ...body,
      ...cause,
      customerId,
      idempotencyKey,
    });
    if (result.outcome !== 'accepted') return throwNotAccepted(result);
    const { order: accepted } = result;
    void reply.header('location', `/orders/${accepted.id}`);
    return { ...accepted, status: 'pending' as const };
  }

  @Get()
  @Door('shop', 'support')
  @Operation({
    id: 'listOrders',
    summary: 'Orders, the newest first; `next` is the cursor of the next page',
    answers: { 200: answer(orderPage, { description: 'A page of orders.', example: examples.page }) },
  })
  async list(
    @Query({ schema: pageSchema }) page: z.output<typeof pageSchema>,
    @CurrentCaller() caller: Caller,
  ) {
    const query = { ...page, limit: page.limit + 1 };
    return toPage(await listOrders(this.database, query, toViewer(caller)), page.limit, ({ id }) => id);
  }

  @Get(':id')
  @Door('shop', 'support')
  @Operation({
    id: 'readOrder',
    summary: 'An order with its lines and the history of its transitions',
    answers: { 200: answer(order, { description: 'The order.', example: examples.order }) },
    problems: [orderProblems.orderNotFound],
  })
  async show(
    @Param('id', { schema: orderId }) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<OrderView> {
    return (await findOrder(this.database, id, toViewer(caller))) ?? throwOrderNotFound();
  }

  @Post(':id/cancel')
  @Door('shop', 'support')
  @Operation({
    id: 'cancelOrder',
    summary: 'Cancels an order, a completed one too: it is then refunded and restocked',
    answers: {
      202: answer(order, {
        description: 'The cancellation has begun, or began before.',
        example: examples.order,
      }),
    },
    problems: [orderProblems.orderNotFound, orderProblems.windowOver],
  })
  async cancel(
    @Param('id', { schema: orderId }) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<OrderView> {
    const viewer = toViewer(caller);
    if ((await this.cancellation.cancel(id, viewer, caller.sub)) === 'window_over') throwWindowOver();
    return this.show(id, caller);
  }

  @Get(':id/events')
  @Door('shop', 'support')
  @Operation({
    id: 'watchOrder',
    summary: 'The steps of an order as server-sent events, until it ends; `Last-Event-ID` continues',
    answers: {
      200: streamAnswer(
        'text/event-stream',
        'One event per step: `id` is its version, `data` an OrderStep.',
        `id: 1\ndata: ${JSON.stringify(examples.order.history[0])}\n\n`,
      ),
      204: emptyAnswer('The order has ended, and the client has its last step.'),
    },
    problems: [orderProblems.orderNotFound, orderProblems.tooManyStreams],
  })
  async watch(
    @Param('id', { schema: orderId }) id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const viewed = { orderId: id, viewer: toViewer(caller), afterVersion: parseVersion(lastEventId) };
    const lifetime = { sub: caller.sub, endsInMs: caller.expiresAtMs - Date.now() };
    const stream =
      (await this.streams.open({ ...viewed, ...lifetime }).catch(throwStreamProblem)) ?? throwOrderNotFound();
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

/** Support sees every order, a customer its own. */
function toViewer({ sub, scopes }: Caller): Viewer {
  return scopes.has('support') ? 'everyone' : { customerId: sub };
}
