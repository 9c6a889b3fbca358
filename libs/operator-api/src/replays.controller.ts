import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { type Caller, CurrentCaller } from '#access';
import { type ReplayProgress, replayProgress } from '#dead-letters';
import { Operation, ProblemException } from '#http';
import { ForOperators, toSummary } from './for-operators.js';
import { ActionScope, performAction, stopReplay } from './actions.js';
import { answers } from './answers.js';
import { operatorProblems } from './operator-problems.js';
import { reasonSchema, id as idSchema } from './schemas.js';

/** Routes for the replays that operators asked for. */
@ForOperators()
@Controller('operator/replays')
export class ReplaysController {
  constructor(private readonly scope: ActionScope) {}

  @Get(':id')
  @Operation({
    id: 'readReplay',
    summary: 'Shows the progress of a replay; it has ended when `waiting` is 0',
    answers: { 200: answers.progress },
    problems: [operatorProblems.replayNotFound],
  })
  async show(@Param('id', { schema: idSchema }) id: string): Promise<ReplayProgress> {
    const progress = await replayProgress(this.scope.database, id);
    if (progress) return progress;
    throw new ProblemException({
      type: operatorProblems.replayNotFound,
      detail: 'No dead letter belongs to a replay with this id, or not any more.',
    });
  }

  @Post(':id/stop')
  @Operation({
    id: 'stopReplay',
    summary: toSummary(stopReplay),
    answers: { 200: answers.stopped },
    problems: [operatorProblems.replayNotFound],
  })
  async stop(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: reasonSchema }) { reason }: z.output<typeof reasonSchema>,
    @CurrentCaller() { sub: operator }: Caller,
  ) {
    const { waiting: expected } = await this.show(id);
    const result = await performAction(this.scope, stopReplay, id, { expected, by: { operator, reason } });
    return { action: stopReplay.name, ...result, ...(await this.show(id)) };
  }
}
