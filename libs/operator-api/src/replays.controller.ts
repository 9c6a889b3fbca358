import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { type Caller, CurrentCaller } from '#access';
import { type ReplayProgress, replayProgress } from '#dead-letters';
import { ForOperators, summary } from './for-operators.js';
import { ActionScope, stopReplay } from './actions.js';
import { notFound, performRequest } from './perform-request.js';
import { reasonSchema, id as idSchema } from './schemas.js';

/** Routes for the replays that operators asked for. */
@ForOperators()
@Controller('operator/replays')
export class ReplaysController {
  constructor(private readonly scope: ActionScope) {}

  @Get(':id')
  @ApiOperation({ summary: 'Shows the progress of a replay; it has ended when `waiting` is 0' })
  async show(@Param('id', { schema: idSchema }) id: string): Promise<ReplayProgress> {
    const progress = await replayProgress(this.scope.database, id);
    if (progress) return progress;
    throw notFound('replay-not-found', 'No dead letter belongs to a replay with this id, or not any more.');
  }

  @Post(':id/stop')
  @HttpCode(200)
  @ApiOperation(summary(stopReplay))
  async stop(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: reasonSchema }) { reason }: z.output<typeof reasonSchema>,
    @CurrentCaller() { sub: operator }: Caller,
  ) {
    const { waiting: expected } = await this.show(id);
    const result = await performRequest(this.scope, stopReplay, id, { expected, by: { operator, reason } });
    return { ...result, ...(await this.show(id)) };
  }
}
