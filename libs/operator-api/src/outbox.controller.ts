import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { type Caller, CurrentCaller } from '#access';
import { findParkedEvent, listParkedEvents, outboxStatus } from '#outbox';
import { BodyLimit, Operation, ProblemException } from '#http';
import { ForOperators, toSummary } from './for-operators.js';
import { ActionScope, release, republish } from './actions.js';
import { answers } from './answers.js';
import { operatorProblems } from './operator-problems.js';
import { performRequest } from './perform-request.js';
import { confirmationSchema, id as idSchema, republishSchema, toConfirmation } from './schemas.js';

const EVENTS_MAX = 200;
/** 1,000 ids. */
const BODY_BYTES_MAX = 50 * 1_024;

/** Routes for the outbox of the service. */
@ForOperators()
@Controller('operator/outbox')
export class OutboxController {
  constructor(private readonly scope: ActionScope) {}

  @Get()
  @Operation({
    id: 'readOutbox',
    summary: 'Counts pending events, with the age of the oldest, and lists parked events',
    answers: { 200: answers.outbox },
  })
  async outbox() {
    const { database } = this.scope;
    const [status, events] = await Promise.all([
      outboxStatus(database),
      listParkedEvents(database, EVENTS_MAX),
    ]);
    return { ...status, events };
  }

  @Post(':id/release')
  @Operation({
    id: 'releaseEvent',
    summary: toSummary(release),
    answers: { 200: answers.release },
    problems: [operatorProblems.eventNotParked, operatorProblems.selectionChanged],
  })
  async release(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: confirmationSchema }) body: z.output<typeof confirmationSchema>,
    @CurrentCaller() caller: Caller,
  ) {
    const { scope } = this;
    if (!(await findParkedEvent(scope.database, id))) {
      throw new ProblemException({
        type: operatorProblems.eventNotParked,
        detail: 'No event with this id is parked in this service.',
      });
    }
    return performRequest(scope, release, id, toConfirmation(body, caller));
  }

  @Post('republish')
  @BodyLimit(BODY_BYTES_MAX)
  @Operation({
    id: 'republishEvents',
    summary: toSummary(republish),
    answers: { 200: answers.republish },
    problems: [operatorProblems.selectionChanged],
  })
  republish(
    @Body({ schema: republishSchema }) body: z.output<typeof republishSchema>,
    @CurrentCaller() caller: Caller,
  ) {
    return performRequest(this.scope, republish, body, toConfirmation(body, caller));
  }
}
