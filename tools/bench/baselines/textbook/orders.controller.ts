import { Body, Controller, Headers, HttpCode, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { OrdersService } from './orders.service.js';
import { type PlaceOrder, placeOrder } from './place-order.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post()
  @HttpCode(202)
  async place(
    @Body({ schema: placeOrder }) body: PlaceOrder,
    @Headers('idempotency-key') key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const id = await this.orders.place(body, key);
    void reply.header('location', `/orders/${id}`);
    return { id, status: 'pending' };
  }
}
