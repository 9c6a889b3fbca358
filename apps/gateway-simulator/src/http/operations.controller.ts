import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { httpProblems, IdempotencyKey, Operation } from '#http';
import { Gateway, type OperationRequest } from '../use-cases/gateway.js';
import { answers } from './answers.js';
import { gatewayProblems } from './problems.js';
import { respond } from './respond.js';
import { amountSchema, authorizeSchema, operationsQuerySchema } from './schemas.js';

/** Problems of every operation of the gateway. */
const operationProblems = [
  httpProblems.keyReused,
  httpProblems.keyInFlight,
  gatewayProblems.simulatedFailure,
  gatewayProblems.simulatedRejection,
  gatewayProblems.ledgerFull,
];

/**
 * The payment service's API. 200 carries the outcome in `status`: `approved` or `refused`. Every other status code means
 * that this request decided no operation.
 */
@Controller('v1')
export class OperationsController {
  constructor(private readonly gateway: Gateway) {}

  @Post('authorizations')
  @Operation({
    id: 'authorize',
    summary: 'Authorize an amount on a payment token',
    answers: { 200: answers.entry },
    problems: [...operationProblems],
  })
  authorize(
    @Body({ schema: authorizeSchema }) body: z.output<typeof authorizeSchema>,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'authorize', ...body }, reply);
  }

  @Post('authorizations/:id/captures')
  @Operation({
    id: 'capture',
    summary: 'Capture an authorization, once, in full or in part',
    answers: { 200: answers.entry },
    problems: [...operationProblems, gatewayProblems.unknownEntry],
  })
  capture(
    @Param('id') id: string,
    @Body({ schema: amountSchema }) { amount }: z.output<typeof amountSchema>,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'capture', parentId: id, amount }, reply);
  }

  @Post('authorizations/:id/voids')
  @Operation({
    id: 'void',
    summary: 'Void an authorization that is not captured',
    answers: { 200: answers.entry },
    problems: [...operationProblems, gatewayProblems.unknownEntry],
  })
  void(
    @Param('id') id: string,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'void', parentId: id }, reply);
  }

  @Post('captures/:id/refunds')
  @Operation({
    id: 'refund',
    summary: 'Refund a capture, in full or in part',
    answers: { 200: answers.entry },
    problems: [...operationProblems, gatewayProblems.unknownEntry],
  })
  refund(
    @Param('id') id: string,
    @Body({ schema: amountSchema }) { amount }: z.output<typeof amountSchema>,
    @IdempotencyKey() key: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.operate(key, { operation: 'refund', parentId: id, amount }, reply);
  }

  @Get('operations')
  @Operation({
    id: 'findOperations',
    summary: 'The decided operations of an order, oldest first, for a client without a response',
    answers: { 200: answers.entries },
  })
  find(@Query({ schema: operationsQuerySchema }) { reference }: z.output<typeof operationsQuerySchema>) {
    return { operations: this.gateway.ledger.entries(reference) };
  }

  private async operate(key: string, request: OperationRequest, reply: FastifyReply) {
    return respond(await this.gateway.operate(key, request), reply);
  }
}
