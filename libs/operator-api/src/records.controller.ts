import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { Database } from '#database';
import { ProblemException } from '#http';
import { findClaims } from '#inbox';
import { listActions, type OperatorActionDetails, findAction } from '#operator-log';
import { ForOperators } from './access.js';
import { listConsumers } from './dead-letter-actions.js';
import { Owner } from './owner.js';
import { actionsSchema, id as idSchema, position } from './schemas.js';

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
    const claims = await findClaims(this.database, listConsumers(service), messageId);
    if (claims.length > 0) return { items: claims };
    throw new ProblemException({
      status: 404,
      type: 'message-not-claimed',
      detail: `No consumer of ${service} has handled this message, or none remembers it.`,
    });
  }

  @Get('log')
  @ApiOperation({ summary: 'What operators did, the latest first; `next` is the cursor of the page after' })
  async actions(
    @Query({ schema: actionsSchema }) { subject, limit, before }: z.output<typeof actionsSchema>,
  ) {
    const items = await listActions(this.database, subject, limit, before);
    return { items, next: items.length === limit ? items.at(-1)?.position : null };
  }

  @Get('log/:position')
  @ApiOperation({ summary: 'One act of an operator, with the bytes that it has replaced' })
  async action(@Param('position', { schema: position }) position: number): Promise<OperatorActionDetails> {
    const action = await findAction(this.database, position);
    if (action) return action;
    throw new ProblemException({
      status: 404,
      type: 'action-not-found',
      detail: 'There is no act of this position, or none any more.',
    });
  }
}
