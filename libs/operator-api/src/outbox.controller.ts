import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { Database } from '#database';
import { ProblemException } from '#http';
import { countPublished, findSetAside, listSetAside, outboxStatus } from '#outbox';
import { ForOperators } from './access.js';
import { releaseEvent, republish, REPUBLISHED_MAX } from './outbox-actions.js';
import { explain } from './problems.js';
import { actOf, consentSchema, id as idSchema, publishedOf, republishSchema } from './schemas.js';

const EVENTS_SHOWN = 200;

@ForOperators()
@Controller('operator/outbox')
export class OutboxController {
  constructor(private readonly database: Database) {}

  @Get()
  @ApiOperation({ summary: 'What waits to be published, since when, and the events that are set aside' })
  async outbox() {
    const [status, events] = await Promise.all([
      outboxStatus(this.database),
      listSetAside(this.database, EVENTS_SHOWN),
    ]);
    return { ...status, events };
  }

  @Post(':id/release')
  @HttpCode(200)
  @ApiOperation({ summary: 'Has the relay try an event again that is set aside' })
  async release(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: consentSchema }) consent: z.output<typeof consentSchema>,
  ) {
    const event = await findSetAside(this.database, id);
    if (!event) throw notSetAside();
    const by = actOf(consent);
    if (!by) return { dryRun: true, act: 'release', count: 1, event };
    if (!(await releaseEvent(this.database, id, by))) throw notSetAside();
    return { act: 'release', count: 1 };
  }

  @Post('republish')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Publishes events once more, under the ids they have, for a consumer that missed them',
  })
  async republish(@Body({ schema: republishSchema }) body: z.output<typeof republishSchema>) {
    const filter = publishedOf(body);
    const by = actOf(body);
    if (!by || body.expect === undefined) {
      const count = await countPublished(this.database, filter);
      return { dryRun: true, act: 'republish', count, atMost: REPUBLISHED_MAX };
    }
    const done = await republish(this.database, { filter, expected: body.expect }, by).catch(explain);
    return { act: 'republish', ...done };
  }
}

function notSetAside(): ProblemException {
  return new ProblemException({
    status: 404,
    type: 'event-not-set-aside',
    detail: 'No event of this id is set aside in this service.',
  });
}
