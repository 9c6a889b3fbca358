import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { IdempotencyKey } from '#http';
import { Gateway, type OperationRequest } from '../use-cases/gateway.js';
import { respond } from './respond.js';
import { amountSchema, authorizeSchema } from './schemas.js';

/**
 * What a payment service calls. Whatever the gateway decided is 200, also a refusal: `status` says which. Any other
 * status means that nothing was decided by this request.
 */
@ApiTags('operations')
@Controller('v1')
export class OperationsController {
  constructor(private readonly gateway: Gateway) {}

  @Post('authorizations')
  @HttpCode(200)
  @ApiOperation({ summary: 'Reserve money on a payment token' })
  authorize(
    @Body({ schema: authorizeSchema }) body: z.output<typeof authorizeSchema>,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'authorize', ...body }, reply);
  }

  @Post('authorizations/:id/captures')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take reserved money, once, all or a part' })
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
  @ApiOperation({ summary: 'Give up a reservation that was not captured' })
  void(
    @Param('id') id: string,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'void', parentId: id }, reply);
  }

  @Post('captures/:id/refunds')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give captured money back, all or a part' })
  refund(
    @Param('id') id: string,
    @Body({ schema: amountSchema }) { amount }: z.output<typeof amountSchema>,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'refund', parentId: id, amount }, reply);
  }

  private async operate(key: string, request: OperationRequest, reply: FastifyReply) {
    return respond(await this.gateway.operate(key, request), reply);
  }
}
