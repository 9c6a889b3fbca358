import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { IdempotencyKey } from '#http';
import { Gateway, type OperationRequest } from '../use-cases/gateway.js';
import { respond } from './respond.js';
import { amountSchema, authorizeSchema, operationsQuerySchema } from './schemas.js';

/**
 * The payment service's API. 200 carries the outcome in `status`: `approved` or `refused`. Every other status code means
 * that this request decided no operation.
 */
@ApiTags('operations')
@Controller('v1')
export class OperationsController {
  constructor(private readonly gateway: Gateway) {}

  @Post('authorizations')
  @HttpCode(200)
  @ApiOperation({ summary: 'Authorize an amount on a payment token' })
  authorize(
    @Body({ schema: authorizeSchema }) body: z.output<typeof authorizeSchema>,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'authorize', ...body }, reply);
  }

  @Post('authorizations/:id/captures')
  @HttpCode(200)
  @ApiOperation({ summary: 'Capture an authorization, once, in full or in part' })
  capture(
    @Param('id') id: string,
    @Body({ schema: amountSchema }) { amount }: z.output<typeof amountSchema>,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'capture', parentId: id, amount }, reply);
  }

  @Post('authorizations/:id/voids')
  @HttpCode(200)
  @ApiOperation({ summary: 'Void an authorization that is not captured' })
  void(
    @Param('id') id: string,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'void', parentId: id }, reply);
  }

  @Post('captures/:id/refunds')
  @HttpCode(200)
  @ApiOperation({ summary: 'Refund a capture, in full or in part' })
  refund(
    @Param('id') id: string,
    @Body({ schema: amountSchema }) { amount }: z.output<typeof amountSchema>,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'refund', parentId: id, amount }, reply);
  }

  @Get('operations')
  @ApiOperation({
    summary: 'The decided operations of an order, oldest first, for a client without a response',
  })
  find(@Query({ schema: operationsQuerySchema }) { reference }: z.output<typeof operationsQuerySchema>) {
    return { operations: this.gateway.ledger.entries(reference) };
  }

  private async operate(key: string, request: OperationRequest, reply: FastifyReply) {
    return respond(await this.gateway.operate(key, request), reply);
  }
}
