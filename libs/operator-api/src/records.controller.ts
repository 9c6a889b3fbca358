import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { Database } from '#database';
import { ProblemException } from '#http';
import { findClaims } from '#inbox';
import { listActs, type OperatorActDetails, showAct } from '#operator-log';
import { ForOperators } from './access.js';
import { consumersOf } from './dead-letter-actions.js';
import { Owner } from './owner.js';
import { actsSchema, id as idSchema, position } from './schemas.js';

/** What is on record: messages that were handled, and what operators did. */
@ForOperators()
@Controller('operator')
export class RecordsController {
  constructor(
    private readonly database: Database,
    private readonly owner: Owner,
  ) {}

  @Get('inbox/:messageId')
  @ApiOperation({ summary: 'Which consumers of this service have handled a message, when, and to what end' })
  async inbox(@Param('messageId', { schema: idSchema }) messageId: string) {
    const { service } = this.owner;
    const claims = await findClaims(this.database, consumersOf(service), messageId);
    if (claims.length > 0) return { items: claims };
    throw new ProblemException({
      status: 404,
      type: 'message-not-handled',
      detail: `No consumer of ${service} has handled this message, or none remembers it.`,
    });
  }

  @Get('acts')
  @ApiOperation({ summary: 'What operators did, the latest first; `next` is the cursor of the page after' })
  async acts(@Query({ schema: actsSchema }) { subject, limit, before }: z.output<typeof actsSchema>) {
    const items = await listActs(this.database, subject, limit, before);
    return { items, next: items.length === limit ? items.at(-1)?.position : null };
  }

  @Get('acts/:position')
  @ApiOperation({ summary: 'One act of an operator, with the bytes that it has replaced' })
  async act(@Param('position', { schema: position }) position: number): Promise<OperatorActDetails> {
    const act = await showAct(this.database, position);
    if (act) return act;
    throw new ProblemException({
      status: 404,
      type: 'act-not-found',
      detail: 'There is no act of this position, or none any more.',
    });
  }
}
