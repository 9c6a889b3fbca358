import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { Database } from '#database';
import { ProblemException } from '#http';
import { countPublished, findParkedEvent, listParkedEvents, outboxStatus } from '#outbox';
import { ForOperators } from './access.js';
import { releaseEvent, republish, REPUBLISH_MAX } from './outbox-actions.js';
import { throwProblem } from './problems.js';
import {
  toAttribution,
  confirmationSchema,
  id as idSchema,
  toPublishedFilter,
  republishSchema,
} from './schemas.js';

const EVENTS_MAX = 200;

@ForOperators()
@Controller('operator/outbox')
export class OutboxController {
  constructor(private readonly database: Database) {}

  @Get()
  @ApiOperation({ summary: 'What waits to be published, since when, and the events that are set aside' })
  async outbox() {
    const [status, events] = await Promise.all([
      outboxStatus(this.database),
      listParkedEvents(this.database, EVENTS_MAX),
    ]);
    return { ...status, events };
  }

  @Post(':id/release')
  @HttpCode(200)
  @ApiOperation({ summary: 'Has the relay try an event again that is set aside' })
  async release(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: confirmationSchema }) confirmation: z.output<typeof confirmationSchema>,
  ) {
    const event = await findParkedEvent(this.database, id);
    if (!event) throw eventNotParked();
    const by = toAttribution(confirmation);
    if (!by) return { dryRun: true, action: 'release', count: 1, event };
    if (!(await releaseEvent(this.database, id, by))) throw eventNotParked();
    return { action: 'release', count: 1 };
  }

  @Post('republish')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Publishes events once more, under the ids they have, for a consumer that missed them',
  })
  async republish(@Body({ schema: republishSchema }) body: z.output<typeof republishSchema>) {
    const filter = toPublishedFilter(body);
    const by = toAttribution(body);
    if (!by || body.expect === undefined) {
      const count = await countPublished(this.database, filter);
      return { dryRun: true, action: 'republish', count, countMax: REPUBLISH_MAX };
    }
    const republished = await republish(this.database, { filter, expected: body.expect }, by).catch(
      throwProblem,
    );
    return { action: 'republish', ...republished };
  }
}

function eventNotParked(): ProblemException {
  return new ProblemException({
    status: 404,
    type: 'event-not-parked',
    detail: 'No event of this id is set aside in this service.',
  });
}
